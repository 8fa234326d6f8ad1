//! The log on stderr.

use crate::project::Project;

#[test]
fn log_lines_of_a_provider_contain_the_call() {
    let project = Project::misbehaving("");
    let ran = project.run(&["object", "rm", "log", "--log", "warn,misbehaving::removed=info"]).expect(0);
    let call = r#"provider="misbehaving" method="delete""#;
    let expected = format!(
        " INFO provider_call: misbehaving::removed: removed {call}\n \
         INFO provider_call:shelve: misbehaving::removed: shelved {call}\n"
    );
    assert_eq!(ran.stderr, expected);
    assert_eq!(project.run(&["object", "rm", "log"]).expect(0).stderr, "", "the level is not enabled");
}
