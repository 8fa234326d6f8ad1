//! The table `images`.

use crate::config::fields::Fields;
use crate::config::key::Key;
use crate::config::node::Node;
use crate::config::problem::Problem;

pub(super) const KEYS: [Key; 8] = [
    Key::boolean("autoOrientation", "Whether images are turned upright by their EXIF orientation.").or("false"),
    Key::integer(
        "maxBytes",
        0,
        1 << 32,
        "The largest image that is worked on, in bytes; a larger one is stored as any other file.",
    )
    .or("52428800"),
    Key::integer("maxPixels", 1, 1 << 40, "Images with more pixels, all frames together, are refused.").or("100000000"),
    Key::integer("maxSide", 1, 1_000_000, "Images with a longer side, in pixels, are refused.").or("32768"),
    Key::integer(
        "memory",
        1 << 20,
        1 << 44,
        "The memory for decoded images, in bytes. Uploads wait until there is memory for their images.",
    )
    .or("536870912"),
    Key::boolean("responsiveDimensions", "Whether the formats of `upload.config.breakpoints` are made.").or("true"),
    Key::boolean("sizeOptimization", "Whether images are encoded anew at quality 80 where that makes them smaller.")
        .or("true"),
    Key::integer("workers", 0, 1024, "Images that are worked on at a time; 0 for as many as there are processors.")
        .or("0"),
];

/// The settings for image processing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Whether images are re-encoded at quality 80 if that makes them smaller: `sizeOptimization`.
    pub size_optimization: bool,
    /// Whether the formats of `upload.config.breakpoints` are generated: `responsiveDimensions`.
    pub responsive_dimensions: bool,
    /// Whether images are rotated according to their EXIF orientation: `autoOrientation`.
    pub auto_orientation: bool,
    /// The largest image to process, in bytes. A larger image is stored like any other file: `maxBytes`.
    pub max_bytes: usize,
    /// The longest side, in pixels: `maxSide`.
    pub max_side: u32,
    /// The largest number of pixels of all frames together: `maxPixels`.
    pub max_pixels: u64,
    /// The memory limit for all decoded images together, in bytes: `memory`.
    pub memory: usize,
    /// The number of images to process concurrently; `None` means the number of processors: `workers`, where 0 is
    /// `None`.
    pub workers: Option<usize>,
}

impl Default for Images {
    fn default() -> Self {
        Self {
            size_optimization: true,
            responsive_dimensions: true,
            auto_orientation: false,
            max_bytes: 50 * 1024 * 1024,
            max_side: 32_768,
            max_pixels: 100_000_000,
            memory: 512 * 1024 * 1024,
            workers: None,
        }
    }
}

impl Images {
    pub(super) fn read(node: Option<&Node>, problems: &mut Vec<Problem>) -> Self {
        let default = Self::default();
        let mut fields = Fields::open(node, &KEYS, problems, |name| {
            (name == "breakpoints").then(|| "it belongs into plugins.toml: `upload.config.breakpoints`".to_owned())
        });
        Self {
            size_optimization: fields.boolean("sizeOptimization").unwrap_or(default.size_optimization),
            responsive_dimensions: fields.boolean("responsiveDimensions").unwrap_or(default.responsive_dimensions),
            auto_orientation: fields.boolean("autoOrientation").unwrap_or(default.auto_orientation),
            max_bytes: fields.number("maxBytes").unwrap_or(default.max_bytes),
            max_side: fields.number("maxSide").unwrap_or(default.max_side),
            max_pixels: fields.number("maxPixels").unwrap_or(default.max_pixels),
            memory: fields.number("memory").unwrap_or(default.memory),
            workers: fields.number("workers").filter(|workers| *workers > 0),
        }
    }
}
