//! The table `upload`: the media library and its providers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::action;
use super::fields::{self, Fields};
use super::key::{Form, Key, Kind, names};
use super::name::ProviderName;
use super::node::{Node, Value};
use super::origin::Origin;
use super::problem::Problem;

/// The keys of the table `upload`.
pub(super) const UPLOAD: [Key; 3] = [
    Key::table("config", &CONFIG, "How the media library works, and where its files go."),
    Key::boolean("enabled", "Whether the media library is on.").or("true"),
    Key::new(
        "providers",
        Kind::Each(&Key::table("provider", &PROVIDER, "A provider beside the one that new files go to.")),
        "Further providers, which serve files that were stored with them, by their names.",
    ),
];
pub(super) const CONFIG: [Key; 10] = [
    Key::table("actionOptions", &action::CALLS, "Options that go with each call of the provider, by the call's name."),
    Key::new(
        "breakpoints",
        Kind::Each(&FORMAT),
        "The smaller formats that are made of an image, by the side in pixels that each fits in.",
    )
    .or(r#"{"large": 1000, "medium": 750, "small": 500}"#),
    Key::integer(
        "concurrentUploadRequests",
        1,
        u64::MAX,
        "Uploads in flight; more wait. It takes the place of `limits.uploads` in longshore.toml.",
    ),
    Key::integer("concurrentUploadSize", 1, u64::MAX, "Files of one request that are worked on at a time.").or("1"),
    Key::table("links", &LINKS, "What files may be attached to."),
    Key::text(
        "path",
        Form::Any,
        "The shared library of the provider, or the folder that contains it, if it is not where providers are searched; \
         relative to the project.",
    ),
    Key::text(
        "provider",
        Form::Pattern(r"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
        "The provider that new files go to.",
    )
    .or(r#""local""#),
    Key::new("providerOptions", Kind::Options, "The provider's own options."),
    Key::table("security", &SECURITY, "The types of files to accept."),
    Key::integer("sizeLimit", 0, u64::MAX, "The largest file to accept, in bytes; 0 for any.").or("1000000000"),
];
const FORMAT: Key = Key::integer("format", 1, u64::MAX, "The side in pixels that the format fits in.");
const PROVIDER: [Key; 3] = [
    Key::table("actionOptions", &action::CALLS, "Options that go with each call of the provider, by the call's name."),
    Key::text("path", Form::Any, "The library of the provider, or the folder that holds it; relative to the project."),
    Key::new("providerOptions", Kind::Options, "The provider's own options."),
];
/// Patterns that a type can match.
const TYPE_PATTERN: Form =
    Form::Pattern(r"^([-A-Za-z0-9!#$&^_.+*]+/[-A-Za-z0-9!#$&^_.+*]+|(?=.*\*)[-A-Za-z0-9!#$&^_.+*]+)$");
const SECURITY: [Key; 2] = [
    Key::texts("allowedTypes", TYPE_PATTERN, "The types to accept, such as `image/*`; all unless configured."),
    Key::texts("deniedTypes", TYPE_PATTERN, "The types to refuse, even when they are allowed as well."),
];
const LINKS: [Key; 1] = [Key::texts(
    "allow",
    Form::Any,
    "The types of entries that files may be attached to, such as `api::article.article`; any unless configured.",
)];

/// The largest file unless configured, in bytes.
const SIZE_LIMIT: u64 = 1_000_000_000;

/// The values of the table `upload`, and the host's defaults for keys that are missing.
#[derive(Debug, Clone)]
pub struct UploadConfig {
    /// Whether the media library is enabled; `true` by default.
    pub enabled: bool,
    /// The provider that stores new files; `local` by default.
    pub provider: ProviderName,
    /// The position of the provider's name in the configuration.
    pub provider_origin: Origin,
    /// The library to load the provider from, or the folder that contains it; absolute.
    pub path: Option<PathBuf>,
    /// The provider's own options, not checked yet (see [`super::schema::validate`]).
    pub provider_options: Node,
    /// The configured options for each call of the provider, by the call's name.
    pub action_options: Node,
    /// The largest file to accept, in bytes. `None` accepts every size, and is configured as 0. The default is
    /// 1,000,000,000.
    pub size_limit: Option<u64>,
    /// The names of the image formats to generate, each with its longest side in pixels.
    pub breakpoints: Option<BTreeMap<String, u64>>,
    /// The types of files to accept.
    pub security: Security,
    /// The number of files of one request to process concurrently; 1 by default.
    pub concurrent_upload_size: u64,
    /// The number of uploads to process concurrently, which replaces `limits.uploads`.
    pub concurrent_upload_requests: Option<u64>,
    /// The types of entries that files may be attached to, such as `api::article.article`; `None` is any.
    pub links: Option<Vec<String>>,
    /// Additional providers, which serve the files that they stored earlier.
    pub providers: BTreeMap<ProviderName, ExtraProvider>,
}

/// Which types of files the media library accepts; wildcards such as `image/*` are allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security {
    /// The types to accept; `None` accepts all.
    pub allowed_types: Option<Vec<String>>,
    /// The types to refuse. They take precedence over `allowed_types`.
    pub denied_types: Option<Vec<String>>,
}

/// A provider in addition to the one that stores new files.
#[derive(Debug, Clone)]
pub struct ExtraProvider {
    /// The position of the provider in the configuration.
    pub origin: Origin,
    /// As [`UploadConfig::path`].
    pub path: Option<PathBuf>,
    /// As [`UploadConfig::provider_options`].
    pub provider_options: Node,
    /// As [`UploadConfig::action_options`].
    pub action_options: Node,
}

/// Removes keys that are accepted and have no effect, to avoid looking up their variables.
pub(super) fn drop_ignored(upload: &mut Node, warnings: &mut Vec<Problem>) {
    let Value::Table(table) = &mut upload.value else { return };
    let Some(Value::Table(config)) = table.get_mut("config").map(|node| &mut node.value) else { return };
    if let Some(sharp) = config.remove("sharp") {
        warnings.push(Problem::at(&sharp.origin, "ignored: it configures an image library that is not used here"));
    }
}

impl UploadConfig {
    /// Reads the expanded table. Invalid values are reported, and read as if they were missing.
    pub(super) fn read(
        upload: &Node,
        project: &Path,
        problems: &mut Vec<Problem>,
        warnings: &mut Vec<Problem>,
    ) -> Self {
        // `true` or `false` may replace the whole table, as for every Strapi plugin.
        let switch = match upload.value {
            Value::Boolean(enabled) => Some(enabled),
            _ => None,
        };
        let misplaced = |name: &str| {
            names(&CONFIG)
                .any(|known| known == name)
                .then(|| format!("it belongs one level deeper: `upload.config.{name}`"))
        };
        let table = Some(upload).filter(|_| switch.is_none());
        let mut fields = Fields::open(table, &UPLOAD, problems, misplaced);
        let enabled = switch.or_else(|| fields.boolean("enabled")).unwrap_or(true);
        let config = fields.node("config");
        let further = fields.table("providers");

        let mut fields = Fields::open(config, &CONFIG, problems, |_| None);
        let (provider, provider_origin) = main_provider(&mut fields);
        let path = path(&mut fields, project);
        let provider_options = table_or_empty(&mut fields, "upload.config", "providerOptions");
        let action_options = table_or_empty(&mut fields, "upload.config", "actionOptions");
        let size_limit = Some(fields.number("sizeLimit").unwrap_or(SIZE_LIMIT)).filter(|limit| *limit > 0);
        let concurrent_upload_size = fields.number("concurrentUploadSize").unwrap_or(1);
        let concurrent_upload_requests = fields.number("concurrentUploadRequests");
        let (breakpoints, security) = (fields.table("breakpoints"), fields.node("security"));
        let links = fields.node("links");

        let limits = FORMAT.limits().expect("a number has limits");
        let breakpoints = breakpoints.and_then(Node::as_table).map(|table| {
            let sides =
                table.iter().filter_map(|(name, node)| Some((name.clone(), fields::integer(node, limits, problems)?)));
            sides.collect()
        });
        let mut fields = Fields::open(security, &SECURITY, problems, |_| None);
        let security = Security {
            allowed_types: type_patterns(&mut fields, "allowedTypes", "nothing could be uploaded"),
            denied_types: type_patterns(&mut fields, "deniedTypes", "it would refuse nothing"),
        };
        let links = Fields::open(links, &LINKS, problems, |_| None).texts("allow");
        action::check(&action_options, problems);
        let providers = further_providers(further, &provider, project, problems, warnings);
        Self {
            enabled,
            provider,
            provider_origin,
            path,
            provider_options,
            action_options,
            size_limit,
            breakpoints,
            security,
            concurrent_upload_size,
            concurrent_upload_requests,
            links,
            providers,
        }
    }
}

/// A list of types with wildcards. A pattern that no type can match is an error, and a list that became empty through a
/// variable too: otherwise it would silently refuse everything or nothing.
fn type_patterns(fields: &mut Fields<'_, '_>, name: &str, consequence: &str) -> Option<Vec<String>> {
    let patterns = fields.texts(name)?;
    let node = fields.node(name)?;
    let Value::Array(elements) = &node.value else { return Some(patterns) };
    if elements.is_empty() && !node.origin.variables.is_empty() {
        fields.problem(Problem::of_value(&node.origin, format!("names no type, so {consequence}")));
    }
    for element in elements {
        let Some(pattern) = element.as_text().filter(|pattern| !can_match_a_type(pattern)) else { continue };
        let message = format!("`{pattern}` matches no type of a file");
        let problem = Problem::of_value(&element.origin, message);
        fields.problem(problem.with_hint("types look like `image/png`, or `image/*` with a wildcard"));
    }
    Some(patterns)
}

fn can_match_a_type(pattern: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$&^_.+-*".contains(c);
    match pattern.split_once('/') {
        Some((kind, subtype)) => {
            !kind.is_empty() && !subtype.is_empty() && kind.chars().chain(subtype.chars()).all(is_token)
        }
        None => pattern.contains('*') && pattern.chars().all(is_token),
    }
}

fn main_provider(fields: &mut Fields<'_, '_>) -> (ProviderName, Origin) {
    let default = || (ProviderName::local(), Origin::built_in("upload.config.provider"));
    let (Some(text), Some(node)) = (fields.text("provider"), fields.node("provider")) else { return default() };
    match ProviderName::new(text) {
        Ok(name) => (name, node.origin.clone()),
        Err(error) => {
            let hint = "`upload.config.path` names a library in another place";
            fields.problem(Problem::of_value(&node.origin, error.to_string()).with_hint(hint));
            default()
        }
    }
}

fn further_providers(
    node: Option<&Node>,
    main: &ProviderName,
    project: &Path,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) -> BTreeMap<ProviderName, ExtraProvider> {
    let mut providers = BTreeMap::<ProviderName, ExtraProvider>::new();
    for (key, node) in node.and_then(Node::as_table).into_iter().flatten() {
        let mut fields = Fields::open(Some(node), &PROVIDER, problems, |_| None);
        let provider = ExtraProvider {
            origin: node.origin.clone(),
            path: path(&mut fields, project),
            provider_options: table_or_empty(&mut fields, &node.origin.key, "providerOptions"),
            action_options: table_or_empty(&mut fields, &node.origin.key, "actionOptions"),
        };
        action::check(&provider.action_options, problems);
        match ProviderName::new(key) {
            Err(error) => problems.push(Problem::at(&node.origin, error.to_string())),
            Ok(name) if name == *main => {
                let message = "ignored: it is the provider of `upload.config` already";
                warnings.push(Problem::at(&node.origin, message));
            }
            Ok(name) => match providers.get(&name) {
                Some(first) => {
                    let message = format!("the provider `{name}` is configured twice, also as {}", first.origin.key);
                    problems.push(Problem::at(&node.origin, message));
                }
                None => {
                    providers.insert(name, provider);
                }
            },
        }
    }
    providers
}

/// The path, made absolute. An empty text, for example of an empty variable, counts as no path.
fn path(fields: &mut Fields<'_, '_>, project: &Path) -> Option<PathBuf> {
    fields.text("path").filter(|path| !path.is_empty()).map(|path| project.join(path))
}

fn table_or_empty(fields: &mut Fields<'_, '_>, parent: &str, name: &str) -> Node {
    fields.table(name).cloned().unwrap_or_else(|| Node::empty(format!("{parent}.{name}")))
}
