//! The rules for names of buckets.

/// Refuses what cannot be a bucket's name, and says why. On AWS the rules of general purpose buckets hold (access
/// points, by ARN or alias, are fine); other services have other rules, so there only what breaks URLs is refused.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
pub(crate) fn check(name: &str, custom_endpoint: bool) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("is empty");
    }
    if name.chars().any(char::is_control) {
        return Err("has a control character");
    }
    if !custom_endpoint && name.starts_with("arn:") {
        return Ok(());
    }
    if name.contains('/') {
        return Err("has a `/`: the folder belongs into `rootPath`");
    }
    if custom_endpoint { Ok(()) } else { check_aws(name) }
}

fn check_aws(name: &str) -> Result<(), &'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        return Err("must have 3 to 63 characters");
    }
    if !name.chars().all(|c| allowed(c) || c == '.' || c == '-') {
        return Err("may have only lower-case letters, digits, `.` and `-`");
    }
    if !name.starts_with(allowed) || !name.ends_with(allowed) {
        return Err("must begin and end with a letter or digit");
    }
    if name.contains("..") {
        return Err("must not have two dots in a row");
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err("must not look like an IP address");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_aws_follow_its_rules() {
        for good in ["media", "my.bucket", "a-1", "arn:aws:s3:eu-west-1:123456789012:accesspoint/media", "ap-x-s3alias"]
        {
            assert!(check(good, false).is_ok(), "{good:?}");
        }
        for bad in
            ["", "ab", "Media", "my_bucket", "-a1", "a1-", "a..b", "10.0.0.1", "media/dir", "a\nbc", &"x".repeat(64)]
        {
            assert!(check(bad, false).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn elsewhere_only_what_breaks_urls_is_refused() {
        for good in ["My_Bucket", "ab", "10.0.0.1"] {
            assert!(check(good, true).is_ok(), "{good:?}");
        }
        for bad in ["", "a/b", "a\u{7f}"] {
            assert!(check(bad, true).is_err(), "{bad:?}");
        }
    }
}
