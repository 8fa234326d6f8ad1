//! `longshore files update ID`

use clap::Args;

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    id::{self, Id},
    record::Record,
    report::{Input, Report},
    said::Said,
};
use crate::library::{self, Access};

/// Change the name, texts or focal point of a file
///
/// Fields that are not given keep their values. The file's URL and bytes do not change.
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// The file's number or `documentId`
    #[arg(value_parser = id::parse)]
    id: Id,
    #[command(flatten)]
    said: Said,
}

impl Update {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        if !self.said.is_something() {
            let text = "there is nothing to change\nhint: give `--name`, `--alt`, `--caption` or `--focal-point`";
            return Err(Failure::Usage(text.to_owned()));
        }
        library::run(context, Access::Changing, async |library| {
            let report = Report::new(context.print);
            let updated = async {
                let mut media = library.update(&self.id.id, self.said.info()).await?;
                library.sign_changed(std::slice::from_mut(&mut media)).await;
                Ok(media)
            };
            match updated.await {
                Ok(media) => context.print.record(&Record { done: Some("updated"), file: None, media: &media })?,
                Err(error) => report.failed(&Input::Id(&self.id.text), &reported(error))?,
            }
            Ok(report.exit_code())
        })
        .await
    }
}
