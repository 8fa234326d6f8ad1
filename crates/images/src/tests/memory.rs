//! The count of memory that a codec announces, beside the peak that the kernel measures.

use std::{fs, process::Command, sync::Arc};

use bytes::Bytes;

use super::{samples, settings};
use crate::{
    ImageKind, ImageSettings,
    codec::{JobContext, OpenedImage},
    codecs::open,
    orientation::Orientation,
    permits::WorkerPermits,
    plan::VariantPlan,
};

const THIS: &str = "tests::memory::the_peak_of_memory_is_within_the_count_of_every_codec";
const CHILD: &str = "LONGSHORE_IMAGES_MEASURE";
/// Stacks of threads, tables, and what the allocator keeps.
const SLACK: u64 = 2 << 20;

#[test]
fn the_peak_of_memory_is_within_the_count_of_every_codec() {
    if std::env::var_os(CHILD).is_some() {
        measure();
        return;
    }
    // In a process of its own, whose allocator gives back at once.
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([THIS, "--exact", "--nocapture", "--test-threads=1"]).env(CHILD, "1");
    child.env("MALLOC_MMAP_THRESHOLD_", "65536").env("MALLOC_TRIM_THRESHOLD_", "0").env("MALLOC_ARENA_MAX", "1");
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
}

fn measure() {
    let (width, height) = (1000, 760);
    let all = ImageSettings { auto_orientation: true, ..settings() };
    let formats_alone = ImageSettings { size_optimization: false, auto_orientation: false, ..settings() };
    let mut worst = Vec::new();
    for (name, file) in files(width, height) {
        for (settings, what) in [(&all, "everything"), (&formats_alone, "formats alone")] {
            let file = Bytes::from(file.clone());
            let kind = ImageKind::of(&file).unwrap();
            let OpenedImage::Decodable(codec) = open(file, kind).unwrap() else { panic!("{name} is not decodable") };
            let plan =
                VariantPlan::new(settings, &[("large".to_owned(), 1000), ("small".to_owned(), 500)], codec.header());
            let count = codec.memory(&plan);
            let job = JobContext::new(WorkerPermits::new(2, 0), Arc::default());
            fs::write("/proc/self/clear_refs", "5").unwrap();
            let before = status("VmRSS:");
            codec.encode_variants(&plan, &job).unwrap();
            let peak = status("VmHWM:").saturating_sub(before);
            println!("{name}, {what}: {peak} of {count}");
            if peak > count + SLACK {
                worst.push(format!("{name}, {what}: {peak} bytes, and {count} were counted"));
            }
        }
    }
    assert!(worst.is_empty(), "{}", worst.join("\n"));
}

/// A file of every codec and layout.
fn files(width: u32, height: u32) -> Vec<(&'static str, Vec<u8>)> {
    use png::{BitDepth, ColorType};
    let (rgb, rgba) = (samples::rgb(width, height), samples::rgba(width, height, 0));
    let gray: Vec<u8> = rgb.iter().step_by(3).copied().collect();
    let pairs: Vec<u8> = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[3]]).collect();
    let wide: Vec<u8> = rgba.iter().flat_map(|sample| [*sample, *sample]).collect();
    let png = |colours, bits, samples: &[u8]| samples::png_of(width, height, colours, bits, samples);
    let six = Some(Orientation::new(6));
    let frames: Vec<_> = (0..2).map(|index| (samples::rgba(width, height, index), 40)).collect();
    vec![
        ("PNG gray", png(ColorType::Grayscale, BitDepth::Eight, &gray)),
        ("PNG gray with alpha", png(ColorType::GrayscaleAlpha, BitDepth::Eight, &pairs)),
        ("PNG colours", samples::png_with_orientation(width, height, Orientation::new(6))),
        ("PNG colours with alpha", png(ColorType::Rgba, BitDepth::Eight, &rgba)),
        ("PNG wide colours with alpha", png(ColorType::Rgba, BitDepth::Sixteen, &wide)),
        ("JPEG", samples::jpeg(width, height, 1)),
        ("JPEG turned", samples::jpeg(width, height, 6)),
        ("JPEG progressive", samples::jpeg_with(width, height, 6, |encoder| encoder.set_progressive(true))),
        ("WebP", samples::webp_with(width, height, None, six)),
        ("WebP lossy", samples::lossy_webp(width, height, b"profile")),
        ("WebP animation with alpha", samples::webp_animation(width, height, &frames, 0)),
        ("GIF", samples::gif(width as u16, height as u16, 3)),
        ("TIFF", samples::tiff_with(width, height, None, six)),
    ]
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
