//! The SDK's client: where its region, endpoint and credentials come from, and how patient it is.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, SdkConfig, environment::region::EnvironmentVariableRegionProvider,
    imds::region::ImdsRegionProvider, meta::region::RegionProviderChain, profile::region::ProfileFileRegionProvider,
    retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_s3::{
    Client,
    config::{
        Builder, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
        SharedCredentialsProvider, SharedHttpClient, StalledStreamProtectionConfig,
        retry::{RetryPartition, TokenBucket},
    },
    types::ChecksumAlgorithm,
};
use aws_smithy_http_client::{ConnectorBuilder, proxy::ProxyConfig, tls};
use aws_types::service_config::ServiceConfigKey;
use longshore_provider::{Error, Result, tokio};

use crate::{
    bucket_name,
    credentials::Limited,
    direct_put::{Connector, DirectPut},
    failure::RetryWhatMayPass,
    location::Location,
    settings::{Service, Settings, is_aws},
    stall_detector::StallDetector,
    trace::TraceParent,
};

/// Pins the SDK's behaviour to a version: a newer SDK changes nothing by itself.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The pool keeps a connection for so long.
const POOL_IDLE: Duration = Duration::from_secs(50);

/// The quota of retries regains so much in a second: enough for one retry of a transient failure.
const RETRY_REFILL: f32 = 5.0;

/// A client and what was found out on the way to it. Nothing has been sent to the service.
pub(crate) struct Connected {
    pub(crate) client: Client,
    pub(crate) credentials: SharedCredentialsProvider,
    /// Where the service is asked.
    pub(crate) endpoint: Location,
    /// Where browsers ask it.
    pub(crate) public: Location,
    /// Whether it is AWS.
    pub(crate) aws: bool,
    /// The checksum that the SDK sends unless options name another one.
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// `None` where the SDK makes every attempt.
    pub(crate) direct_put: Option<DirectPut>,
}

impl Connected {
    pub(crate) async fn new(settings: &Settings) -> Result<Self> {
        let service = &settings.service;
        let (sdk, region) = surroundings(service).await?;
        let endpoint_url = service.endpoint.clone().or_else(|| endpoint_of(&sdk)).map(with_slash);
        if let Err(why) = bucket_name::check(&settings.bucket, endpoint_url.is_some()) {
            return Err(Error::invalid_options(format!("providerOptions.s3Options.params.Bucket: {why}")));
        }
        let chain = sdk.credentials_provider().ok_or_else(|| Error::internal("the SDK has no credentials chain"))?;
        let credentials = SharedCredentialsProvider::new(Limited::new(chain, service.credentials_timeout));
        let connector = Connector::default();
        let mut config =
            config(service, &sdk, region, endpoint_url.as_deref()).credentials_provider(credentials.clone());
        config.set_http_client(sdk.http_client().map(|client| connector.of(client)));
        let config = config.build();
        let endpoint = Location::of(&config, &settings.bucket).await?;
        let public = match &service.public_endpoint {
            Some(url) => {
                let config = config.to_builder().endpoint_url(with_slash(url.clone())).build();
                Location::of(&config, &settings.bucket).await?
            }
            None => endpoint.clone(),
        };
        let aws = endpoint_url.as_deref().is_none_or(is_aws);
        let asked = asked(service, &sdk, endpoint_url.as_deref());
        let checksum = (asked == RequestChecksumCalculation::WhenSupported).then_some(ChecksumAlgorithm::Crc32);
        let direct_put =
            settings.direct_put.then(|| DirectPut::new(&config, &endpoint, &credentials, connector)).flatten();
        Ok(Self { client: Client::from_conf(config), credentials, endpoint, public, aws, checksum, direct_put })
    }
}

fn config(service: &Service, sdk: &SdkConfig, region: Region, endpoint: Option<&str>) -> Builder {
    let mut config = Builder::from(sdk)
        .region(region)
        // The ARN of an access point names its region itself.
        .use_arn_region(true)
        .interceptor(TraceParent)
        .retry_partition(retry_quota())
        .retry_classifier(RetryWhatMayPass)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(url) = endpoint {
        config = config.endpoint_url(url);
    }
    config.set_force_path_style(service.force_path_style);
    config.set_accelerate(service.accelerate);
    if let Some(dualstack) = service.dualstack {
        config = config.use_dual_stack(dualstack);
    }
    config.set_request_checksum_calculation(Some(asked(service, sdk, endpoint)));
    config.set_response_checksum_validation(Some(verified(service, sdk, endpoint)));
    config
}

/// The SDK's own, but for one thing: it comes back with time too. Small files that are stored at the first attempt add
/// nothing to it, as they are stored without the SDK.
fn retry_quota() -> RetryPartition {
    let quota = TokenBucket::builder().refill_rate(RETRY_REFILL).build();
    RetryPartition::custom("longshore-aws-s3").token_bucket(quota).build()
}

/// When requests carry a checksum.
fn asked(service: &Service, sdk: &SdkConfig, endpoint: Option<&str>) -> RequestChecksumCalculation {
    let said = || sdk.request_checksum_calculation().filter(|_| has_say(endpoint, "AWS_REQUEST_CHECKSUM_CALCULATION"));
    service.request_checksum.or_else(said).unwrap_or(RequestChecksumCalculation::WhenRequired)
}

/// When the checksums of answers are verified.
fn verified(service: &Service, sdk: &SdkConfig, endpoint: Option<&str>) -> ResponseChecksumValidation {
    let said = || sdk.response_checksum_validation().filter(|_| has_say(endpoint, "AWS_RESPONSE_CHECKSUM_VALIDATION"));
    service.response_checksum.or_else(said).unwrap_or(ResponseChecksumValidation::WhenRequired)
}

/// Whether what the SDK says about checksums counts. It always says something, and other services refuse, or store as
/// part of the file, what it sends to AWS by default; there only a `variable` that is set counts.
fn has_say(endpoint: Option<&str>, variable: &str) -> bool {
    endpoint.is_none_or(is_aws) || std::env::var_os(variable).is_some()
}

/// What environment, profile and instance say, and the region.
async fn surroundings(service: &Service) -> Result<(SdkConfig, Region)> {
    let told = match &service.region {
        Some(region) => Some(Region::new(region.clone())),
        None => nearby_region().await,
    };
    if let Some(region) = told {
        return Ok((loader(service, region.clone()).load().await, region));
    }
    // Other services mostly do not care, and asking for an instance's metadata takes seconds where there is none.
    let unsaid = Region::from_static("us-east-1");
    let sdk = loader(service, unsaid.clone()).load().await;
    if service.endpoint.is_some() || endpoint_of(&sdk).is_some() {
        return Ok((sdk, unsaid));
    }
    let instance = async { ImdsRegionProvider::builder().build().region().await };
    match tokio::time::timeout(service.credentials_timeout, instance).await {
        Ok(Some(region)) => Ok((loader(service, region.clone()).load().await, region)),
        _ => Err(Error::invalid_options(
            "providerOptions.s3Options.region: is required; neither the environment (AWS_REGION) nor a profile names one",
        )),
    }
}

async fn nearby_region() -> Option<Region> {
    let environment = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new());
    let chain = environment.or_else(ProfileFileRegionProvider::builder().build());
    chain.region().await.filter(|region| !region.as_ref().is_empty())
}

fn loader(service: &Service, region: Region) -> ConfigLoader {
    let mut loader = aws_config::defaults(behavior())
        .region(region)
        .http_client(StallDetector::new(http_client(), service.stall_timeout))
        .timeout_config(TimeoutConfig::builder().connect_timeout(service.connect_timeout).build())
        // Its own limit is only there in case: that of `Limited` says more.
        .identity_cache(IdentityCache::lazy().load_timeout(2 * service.credentials_timeout).build());
    if let Some(attempts) = service.max_attempts {
        loader = loader.retry_config(RetryConfig::standard().with_max_attempts(attempts));
    }
    if let Some(credentials) = &service.credentials {
        loader = loader.credentials_provider(credentials.clone());
    }
    loader
}

/// As the SDK makes it, with a proxy of the environment.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        let mode = tls::rustls_provider::CryptoMode::AwsLc;
        let mut connector = ConnectorBuilder::default().tls_provider(tls::Provider::Rustls(mode));
        // Services close a connection that is idle for a minute or more: it must not be in use again just then.
        connector.set_pool_idle_timeout(Some(Some(POOL_IDLE)));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.build()
    })
}

/// The SDK puts the bucket right behind an endpoint's path, without a `/` between them.
fn with_slash(url: String) -> String {
    if url.ends_with('/') { url } else { url + "/" }
}

/// The endpoint that environment or profile name, first the one for S3 alone, as the SDK looks for it.
fn endpoint_of(sdk: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    let own = sdk.service_config().zip(key).and_then(|(service, key)| service.load_config(key));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned)).filter(|url| !url.is_empty())
}
