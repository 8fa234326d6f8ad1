//! Listing files below the provider's root.

use longshore_provider::{Call, ListPage, ListRequest, ListedObject, Result, key::root_prefix};

use crate::{AwsS3, action_options::reading, failure::Action};

impl AwsS3 {
    pub(crate) async fn page(&self, request: &ListRequest, call: &Call) -> Result<ListPage> {
        let root = root_prefix(&self.settings.root_path);
        let options = reading(call)?;
        let prefix = format!("{root}{}", request.prefix);
        let limit = i32::try_from(request.limit.min(1000)).unwrap_or(1000);
        let listing = self.client.list_objects_v2().bucket(&self.location.bucket).prefix(&prefix);
        let output = listing
            .set_max_keys((limit > 0).then_some(limit))
            .set_continuation_token(request.after.clone())
            .set_request_payer(options.request_payer)
            .set_expected_bucket_owner(options.expected_bucket_owner)
            .send()
            .await
            .map_err(|error| self.location.error(Action::LIST, &prefix, &error))?;
        let next = output.next_continuation_token.filter(|_| output.is_truncated.unwrap_or(false));
        let objects = output.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let key = object.key?;
            let size = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
            let relative_key = key.strip_prefix(&root)?.to_owned();
            let mut listed = ListedObject::new(key, relative_key, size);
            listed.etag = object.e_tag.map(|etag| etag.trim_matches('"').to_owned());
            listed.last_modified = object.last_modified.and_then(|time| time.try_into().ok());
            Some(listed)
        });
        let mut page = ListPage::last(objects.collect());
        page.next = next;
        Ok(page)
    }
}
