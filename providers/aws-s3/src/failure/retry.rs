//! Which responses the SDK sends a request again for, beyond those that it knows.

use aws_sdk_s3::{
    error::ProvideErrorMetadata,
    operation::{
        abort_multipart_upload::AbortMultipartUploadError, complete_multipart_upload::CompleteMultipartUploadError,
        create_multipart_upload::CreateMultipartUploadError, delete_object::DeleteObjectError,
        get_object::GetObjectError, head_bucket::HeadBucketError, head_object::HeadObjectError,
        list_multipart_uploads::ListMultipartUploadsError, list_objects_v2::ListObjectsV2Error,
        put_object::PutObjectError, upload_part::UploadPartError,
    },
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, InterceptorContext},
    retries::classifiers::{ClassifyRetry, RetryAction},
};
use aws_smithy_types::retry::ErrorKind as Reason;
use longshore_provider::ErrorKind;

use super::kind::{CONFLICT, kind_of};

/// Sends a request again when its error says to callers that they may.
#[derive(Debug)]
pub(crate) struct RetryWhatMayPass;

impl ClassifyRetry for RetryWhatMayPass {
    fn name(&self) -> &'static str {
        "RetryWhatMayPass"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let (Some(error), Some(response)) = (error.as_operation_error(), context.response()) else {
            return RetryAction::NoActionIndicated;
        };
        let code = code_of(error).unwrap_or_default();
        if !helps(code, error) {
            return RetryAction::NoActionIndicated;
        }
        match kind_of(code, response.status().as_u16()) {
            ErrorKind::RateLimited => RetryAction::retryable_error(Reason::ThrottlingError),
            ErrorKind::Timeout | ErrorKind::Unavailable => RetryAction::retryable_error(Reason::TransientError),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

/// Whether it is enough to repeat this one request.
fn helps(code: &str, error: &Error) -> bool {
    match code {
        // The whole upload would have to be sent again.
        "NoSuchUpload" => false,
        CONFLICT => error.downcast_ref::<CompleteMultipartUploadError>().is_none(),
        _ => true,
    }
}

fn code_of(error: &Error) -> Option<&str> {
    macro_rules! first_of {
        ($($operation:ty),* $(,)?) => {
            None$(.or_else(|| error.downcast_ref::<$operation>().and_then(ProvideErrorMetadata::code)))*
        };
    }
    first_of!(
        PutObjectError,
        UploadPartError,
        CreateMultipartUploadError,
        CompleteMultipartUploadError,
        AbortMultipartUploadError,
        ListMultipartUploadsError,
        DeleteObjectError,
        GetObjectError,
        HeadObjectError,
        HeadBucketError,
        ListObjectsV2Error,
    )
}
