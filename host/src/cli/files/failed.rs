//! Errors of the media library about one of several files, in the form that every command reports.

use std::error::Error as _;

use longshore_media_library::{Error, Rejection};
use longshore_provider::{Error as Reported, ErrorKind};

/// The same in the kinds of a provider, whose own errors stay as they are.
pub(super) fn reported(error: Error) -> Reported {
    let kind = match &error {
        Error::Provider { .. } | Error::BrokenBody(_) => return of_provider(error),
        Error::Rejected(rejections) => {
            let is_large =
                |one: &Rejection| matches!(one, Rejection::TooLarge { .. } | Rejection::TooLargeForProvider { .. });
            let too_large = rejections.iter().any(is_large);
            let reasons: Vec<String> = rejections.iter().map(ToString::to_string).collect();
            let kind = if too_large { ErrorKind::TooLarge } else { ErrorKind::InvalidInput };
            return Reported::new(kind, reasons.join("; "));
        }
        Error::InvalidInfo(problems) => {
            let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            return Reported::new(ErrorKind::InvalidInput, messages.join("; "));
        }
        Error::NotFound(_) => ErrorKind::NotFound,
        Error::NoFiles => return Reported::new(ErrorKind::InvalidInput, "the file is empty"),
        Error::InvalidLink(_) | Error::PathAfterFile | Error::SeveralReplacements => ErrorKind::InvalidInput,
        Error::Busy(_) | Error::NoMemory => ErrorKind::Unavailable,
        Error::ProviderNotLoaded(provider) => {
            let hint = format!("hint: load it beside the configured one: `[upload.providers.{provider}]`");
            return Reported::new(ErrorKind::InvalidOptions, format!("{error}\n{hint}"));
        }
        Error::ShuttingDown => ErrorKind::Cancelled,
        _ => ErrorKind::Internal,
    };
    let reported = Reported::new(kind, error.to_string());
    match error.source() {
        Some(source) => reported.caused_by(source),
        None => reported,
    }
}

fn of_provider(error: Error) -> Reported {
    match error {
        Error::Provider { source, .. } | Error::BrokenBody(source) => source,
        other => Reported::internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use longshore_media_library::FileId;

    use super::*;

    #[test]
    fn the_error_of_a_provider_is_printed_unchanged() {
        let source = Reported::new(ErrorKind::PermissionDenied, "no").with_service_code("AccessDenied");
        let error = reported(Error::Provider { provider: "aws-s3".into(), source });
        assert_eq!((error.kind(), error.service_code()), (ErrorKind::PermissionDenied, Some("AccessDenied")));
    }

    #[test]
    fn kinds_say_what_a_program_could_do() {
        let large = Rejection::TooLarge { name: "a".into(), limit: 3 };
        let (name, provider, reason) = ("a".into(), "local".into(), "`a` has 4 bytes, more than the limit of 3".into());
        let refused = Rejection::TooLargeForProvider { name, provider, reason };
        for (error, kind) in [
            (Error::NotFound(FileId::Number(1)), ErrorKind::NotFound),
            (Error::Busy(FileId::Number(1)), ErrorKind::Unavailable),
            (Error::NoFiles, ErrorKind::InvalidInput),
            (Error::Rejected(vec![large]), ErrorKind::TooLarge),
            (Error::Rejected(vec![refused]), ErrorKind::TooLarge),
            (Error::Rejected(vec![Rejection::Name { name: "?".into() }]), ErrorKind::InvalidInput),
            (Error::ProviderNotLoaded("old".into()), ErrorKind::InvalidOptions),
        ] {
            assert_eq!(reported(error).kind(), kind);
        }
    }
}
