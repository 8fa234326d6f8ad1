//! `longshore files update ID`

use clap::Args;

use super::{
    Context, ExitCode, Failure,
    failed::reported,
    file_info_args::FileInfoArgs,
    id::{self, Id},
    record::Record,
    report::{Input, Report},
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
    info: FileInfoArgs,
}

impl Update {
    pub(super) async fn run(self, context: &Context<'_>) -> Result<ExitCode, Failure> {
        if !self.info.is_something() {
            let text = "there is nothing to change\nhint: give `--name`, `--alt`, `--caption` or `--focal-point`";
            return Err(Failure::Usage(text.to_owned()));
        }
        library::run(context, Access::Changing, async |library| {
            let report = Report::new(context.print);
            let updated = async {
                let mut media = library.update(&self.id.id, self.info.info()).await?;
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
