//! How a client sends its requests.

use std::sync::{Arc, OnceLock};

use aws_sdk_s3::{
    config::{ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder, SharedHttpClient},
    error::BoxError,
};
use aws_smithy_runtime_api::client::{
    connector_metadata::ConnectorMetadata,
    http::{HttpConnectorSettings, SharedHttpConnector},
};

/// The connector of a client, known from its first request on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connector(Arc<OnceLock<SharedHttpConnector>>);

impl Connector {
    #[cfg(test)]
    pub(super) fn known(connector: SharedHttpConnector) -> Self {
        Self(Arc::new(connector.into()))
    }

    /// As soon as the client has sent something.
    pub(super) fn get(&self) -> Option<&SharedHttpConnector> {
        self.0.get()
    }

    /// `client`, whose connections this then knows.
    pub(crate) fn of(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Known { inner: client, connector: self.clone() })
    }
}

#[derive(Debug)]
struct Known {
    inner: SharedHttpClient,
    connector: Connector,
}

impl HttpClient for Known {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.inner.http_connector(settings, components);
        self.connector.0.get_or_init(|| connector.clone());
        connector
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, bag)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, bag: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, bag)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}
