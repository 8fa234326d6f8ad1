//! The metadata of a file: options that several commands have.

use clap::Args;
use longshore_media_library::{FileInfo, FocalPoint};

/// Metadata of a file; `None` for a field that is not given.
#[derive(Debug, Args)]
pub(super) struct FileInfoArgs {
    /// The name to show
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(super) name: Option<String>,
    /// Text in place of an image; empty for none
    #[arg(long, value_name = "TEXT")]
    alt: Option<String>,
    /// A caption; empty for none
    #[arg(long, value_name = "TEXT")]
    caption: Option<String>,
    /// The point of an image that stays visible when it is cropped, in percent from the left and the top
    #[arg(long, value_name = "X,Y", value_parser = focal_point)]
    focal_point: Option<FocalPoint>,
}

impl FileInfoArgs {
    /// Whether any field is given.
    pub(super) fn is_something(&self) -> bool {
        self.name.is_some() || self.alt.is_some() || self.caption.is_some() || self.focal_point.is_some()
    }

    /// As the media library takes it.
    pub(super) fn info(&self) -> FileInfo {
        FileInfo {
            name: self.name.clone(),
            alternative_text: self.alt.clone(),
            caption: self.caption.clone(),
            focal_point: self.focal_point,
            ..FileInfo::default()
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("the name is empty".to_owned()) } else { Ok(text.to_owned()) }
}

fn focal_point(text: &str) -> Result<FocalPoint, String> {
    let percent = |text: &str| text.trim().parse().ok().filter(|percent: &f64| (0.0..=100.0).contains(percent));
    text.split_once(',')
        .and_then(|(x, y)| Some(FocalPoint { x: percent(x)?, y: percent(y)? }))
        .ok_or_else(|| "a focal point is two numbers from 0 to 100, such as `50,25`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn focal_points_are_percentages() {
        assert_eq!(focal_point("50,25.5"), Ok(FocalPoint { x: 50.0, y: 25.5 }));
        assert_eq!(focal_point("0, 100"), Ok(FocalPoint { x: 0.0, y: 100.0 }));
        for bad in ["", "50", "50,", "50,101", "-1,0", "nan,0", "1,2,3", "a,b"] {
            assert!(focal_point(bad).is_err(), "{bad}");
        }
    }
}
