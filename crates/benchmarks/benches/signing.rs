//! The cost of a signed URL: `cargo bench -p longshore-benchmarks --bench signing`.

#![forbid(unsafe_code)]

use std::{hint::black_box, time::Duration};

use aws_sdk_s3::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    presigning::PresigningConfig,
};
use longshore_benchmarks::{
    compare, heading,
    project::{self, ACCESS_KEY_ID, BUCKET, REGION, SECRET_ACCESS_KEY},
};
use longshore_provider::{File, SignOptions};
use tokio::runtime::{Builder, Runtime};

const FILES: u32 = 500;
const EXPIRES: Duration = Duration::from_mins(15);

fn main() {
    let host = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    heading("A signed URL, in a batch of 500", "`get_signed_urls`", "`presigned` of aws-sdk-s3");
    row(&host, "static credentials", None);
    row(&host, "session credentials", Some(&token()));
}

fn row(host: &Runtime, name: &str, token: Option<&str>) {
    let (registry, _folder) = host.block_on(project::open(&project::aws_s3(token, "", "")));
    let provider = registry.main().handle();
    let client = client(token);
    let keys: Vec<String> = (0..FILES).map(|number| format!("uploads/2024/05/photo_{number:08x}.jpeg")).collect();
    let files: Vec<File> = keys.iter().map(File::at).collect();
    let options = SignOptions::expires(EXPIRES);
    compare(
        name,
        201,
        FILES,
        || {
            let urls = host.block_on(provider.get_signed_urls(&files, &options)).expect("a batch");
            assert!(black_box(urls).iter().all(|url| url.as_ref().is_ok_and(|url| url.signed)));
        },
        || {
            host.block_on(async {
                for key in &keys {
                    let config = PresigningConfig::expires_in(EXPIRES).expect("less than a week");
                    let request = client.get_object().bucket(BUCKET).key(key);
                    black_box(request.presigned(config).await.expect("a URL"));
                }
            });
        },
    )
    .print();
}

fn client(token: Option<&str>) -> Client {
    let token = token.map(str::to_owned);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, token, None, "benchmark"));
    Client::from_conf(config.build())
}

/// As long as those that roles get, with the characters that must be escaped in a query.
fn token() -> String {
    "IQoJb3JpZ2luX2VjE/+=".repeat(50)
}
