//! A report that build servers read: `JUnit`'s XML.

use std::fmt::Write as _;

use longshore_provider_testkit::Outcome;

use super::record::ValidatedCase;

/// The report of all cases.
pub(super) fn report(title: &str, tested: &[ValidatedCase]) -> String {
    let count = |word: &str| tested.iter().filter(|tested| tested.outcome.word() == word).count();
    let seconds: f64 = tested.iter().map(|tested| tested.took.as_secs_f64()).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" \
         errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">\n",
        escaped(title),
        tested.len(),
        count("failed"),
        count("crashed"),
        count("skipped"),
    );
    for tested in tested {
        let _ = write!(
            text,
            "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
            tested.case.group(),
            tested.case.id,
            tested.took.as_secs_f64()
        );
        let said = escaped(&tested.to_string());
        let message = escaped(tested.outcome.finding().map_or("", |finding| &finding.reason));
        let inside = match &tested.outcome {
            Outcome::Passed => String::new(),
            Outcome::Skipped { reason } => format!("<skipped message=\"{}\"/>", escaped(reason)),
            Outcome::Failed(_) => format!("<failure message=\"{message}\">{said}</failure>"),
            Outcome::Crashed(_) => format!("<error message=\"{message}\">{said}</error>"),
            Outcome::Warning(_) => format!("<system-out>{said}</system-out>"),
        };
        let _ = writeln!(text, ">{inside}</testcase>");
    }
    text.push_str("  </testsuite>\n</testsuites>\n");
    text
}

/// Text for an attribute or between tags. Characters that XML does not allow become `?`.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use longshore_provider_testkit::{Finding, cases};

    use super::*;

    #[test]
    fn a_report_has_every_outcome_and_nothing_that_breaks_it() {
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed(Finding::new("a <b> & \"c\"\u{1b}")),
            Outcome::Crashed(Finding::new("gone")),
            Outcome::Skipped { reason: "no `open`".to_owned() },
            Outcome::Warning(Finding::new("slow")),
        ];
        let tested: Vec<ValidatedCase> = cases()
            .zip(outcomes)
            .map(|(case, outcome)| ValidatedCase {
                case,
                outcome,
                took: Duration::from_millis(1500),
                alone: "again".to_owned(),
            })
            .collect();
        let text = report("shelf \"1\"", &tested);
        assert!(text.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"7.500\""), "{text}");
        assert!(text.contains("message=\"a &lt;b&gt; &amp; &quot;c&quot;?\""), "{text}");
        assert_eq!(text.matches("<testcase").count(), 5);
        assert_eq!(text.matches("</testcase>").count(), 5);
    }
}
