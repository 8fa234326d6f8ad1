//! Animations: all frames, each as it looks, and for as long.

use gif::{DisposalMethod, Frame, Repeat};

use super::{process, samples, settings};
use crate::{
    codecs::gif::canvas::Canvas,
    raster::Raster,
    resize::{PixelLayout, resize_whole},
};

const SIDE: u16 = 320;

/// A coloured square at `left`, on nothing.
fn square(left: u16, index: u8, dispose: DisposalMethod, delay: u16) -> Frame<'static> {
    Frame {
        delay,
        dispose,
        transparent: Some(0),
        left,
        top: 100,
        width: 80,
        height: 80,
        buffer: vec![index; 80 * 80].into(),
        ..Frame::default()
    }
}

fn animation(frames: &[Frame<'_>], repeat: Repeat) -> Vec<u8> {
    let colours = [0, 0, 0, 200, 40, 40, 40, 200, 40, 40, 40, 200];
    let mut encoder = gif::Encoder::new(Vec::new(), SIDE, SIDE, &colours).unwrap();
    encoder.set_repeat(repeat).unwrap();
    for frame in frames {
        encoder.write_frame(frame).unwrap();
    }
    encoder.into_inner().unwrap()
}

/// The pictures that a viewer shows, their delays, and the repetitions.
fn shown(file: &[u8]) -> (Vec<(Raster, u16)>, Repeat) {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    let mut decoder = options.read_info(file).unwrap();
    let global = decoder.global_palette().map(<[u8]>::to_vec);
    let mut canvas = Canvas::new(decoder.width().into(), decoder.height().into());
    let mut pictures = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        canvas.draw(frame, global.as_deref()).unwrap();
        pictures.push((canvas.picture().clone(), frame.delay));
        canvas.dispose();
    }
    (pictures, decoder.repeat())
}

/// Colours and what is transparent, on a gray ground.
fn on_gray(raster: &Raster) -> Vec<u8> {
    let (pixels, _) = raster.pixels.as_chunks::<4>();
    pixels
        .iter()
        .flat_map(|[red, green, blue, alpha]| if *alpha < 128 { [90; 3] } else { [*red, *green, *blue] })
        .collect()
}

async fn check(frames: &[Frame<'_>], repeat: Repeat) {
    let file = animation(frames, repeat);
    let processed = process(&settings(), file.clone()).await.unwrap();
    assert!(processed.main == file, "the file itself is kept");
    let (expected, _) = shown(&file);
    let (pictures, repeats) = shown(&processed.formats[0].bytes);
    assert_eq!(repeats, repeat);
    let delays = |pictures: &[(Raster, u16)]| pictures.iter().map(|(_, delay)| *delay).collect::<Vec<_>>();
    assert_eq!(delays(&pictures), delays(&expected));
    for (index, ((picture, _), (original, _))) in pictures.iter().zip(&expected).enumerate() {
        assert_eq!((picture.width, picture.height), (156, 156));
        let small = resize_whole(original, PixelLayout::Rgba, (156, 156)).unwrap();
        let alike = samples::psnr(&on_gray(picture), &on_gray(&small));
        assert!(alike > 35.0, "frame {index}: {alike} dB");
    }
}

#[tokio::test]
async fn frames_that_stay_stay() {
    let frames = [0, 60, 120].map(|left| square(left, (left / 60 + 1) as u8, DisposalMethod::Keep, 5 + left));
    check(&frames, Repeat::Infinite).await;
}

#[tokio::test]
async fn frames_that_are_cleared_are_cleared() {
    let frames = [0, 60, 120].map(|left| square(left, (left / 60 + 1) as u8, DisposalMethod::Background, 7));
    check(&frames, Repeat::Finite(3)).await;
}

#[tokio::test]
async fn frames_that_are_taken_back_show_what_was_before() {
    let frames = [
        square(0, 1, DisposalMethod::Keep, 1),
        square(40, 2, DisposalMethod::Previous, 2),
        square(100, 3, DisposalMethod::Keep, 3),
    ];
    check(&frames, Repeat::Infinite).await;
}

#[tokio::test]
async fn a_still_gif_has_still_formats() {
    let file = animation(&[square(0, 1, DisposalMethod::Keep, 0)], Repeat::Finite(0));
    let processed = process(&settings(), file).await.unwrap();
    assert_eq!(shown(&processed.formats[0].bytes).0.len(), 1);
}

#[tokio::test]
async fn webp_animations_keep_their_frames_and_times() {
    let frames: Vec<_> = (0..3).map(|index| (samples::rgba(320, 200, index), 40 + 10 * index)).collect();
    let file = samples::webp_animation(320, 200, &frames, 2);
    let processed = process(&settings(), file).await.unwrap();
    for (file, size) in [(&processed.main, (320, 200)), (&processed.formats[0].bytes, (245, 153))] {
        let (decoded, loops) = samples::decode_webp_animation(file);
        assert_eq!(loops, 2);
        let durations: Vec<_> = decoded.iter().map(|(_, duration)| *duration).collect();
        assert_eq!(durations, [40, 50, 60]);
        for ((picture, _), (original, _)) in decoded.iter().zip(&frames) {
            let original = Raster::new(320, 200, 4, original.clone());
            let expected = resize_whole(&original, PixelLayout::Rgba, size).unwrap();
            let picture = Raster::new(size.0, size.1, 4, picture.clone());
            let alike = samples::psnr(&on_gray(&picture), &on_gray(&expected));
            assert!(alike > 28.0, "{alike} dB");
        }
    }
}

#[tokio::test]
async fn webp_frames_that_do_not_differ_are_one_that_stays_longer() {
    let frames = [(samples::rgba(320, 200, 0), 40), (samples::rgba(320, 200, 0), 50), (samples::rgba(320, 200, 1), 60)];
    let file = samples::webp_animation(320, 200, &frames, 0);
    let processed = process(&settings(), file).await.unwrap();
    let (decoded, loops) = samples::decode_webp_animation(&processed.formats[0].bytes);
    let durations: Vec<_> = decoded.iter().map(|(_, duration)| *duration).collect();
    assert_eq!((durations, loops), (vec![90, 60], 0));
}
