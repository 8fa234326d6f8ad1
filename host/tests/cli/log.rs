//! The log on stderr.

use crate::project::Project;

#[test]
fn what_a_provider_logs_stands_with_the_call_that_it_belongs_to() {
    let project = Project::misbehaving("");
    let ran = project.run(&["object", "rm", "log", "--log", "warn,misbehaving::removed=info"]).expect(0);
    let call = r#"provider="misbehaving" method="delete""#;
    let expected = format!(
        " INFO provider_call: misbehaving::removed: removed {call}\n \
         INFO provider_call:shelve: misbehaving::removed: shelved {call}\n"
    );
    assert_eq!(ran.stderr, expected);
    assert_eq!(project.run(&["object", "rm", "log"]).expect(0).stderr, "", "nobody wants it");
}
