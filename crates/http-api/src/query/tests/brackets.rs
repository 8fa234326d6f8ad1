//! Trees that brackets in a query make, as the `qs` package makes them.

use super::{Node, Query, listing, message};

fn tree(query: &str) -> String {
    fn show(node: &Node) -> String {
        match node {
            Node::Null => "null".to_owned(),
            Node::Text(text) => format!("{text:?}"),
            Node::List(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(",")),
            Node::Map(entries) => {
                let entries: Vec<_> = entries.iter().map(|(key, node)| format!("{key}:{}", show(node))).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }
    show(&Node::Map(Query::parse(query).unwrap().0))
}

#[test]
fn brackets_make_the_trees_that_qs_makes() {
    for (query, expected) in [
        ("", "{}"),
        ("a=1", r#"{a:"1"}"#),
        ("a", "{a:null}"),
        ("a=", r#"{a:""}"#),
        ("&a=1&&b=2&", r#"{a:"1",b:"2"}"#),
        ("a=1&a=2", r#"{a:["1","2"]}"#),
        ("a[]=1", r#"{a:["1"]}"#),
        ("a[]=1&a[]=2", r#"{a:["1","2"]}"#),
        ("a[0]=1&a[1]=2", r#"{a:["1","2"]}"#),
        ("a[1]=1&a[0]=2", r#"{a:["2","1"]}"#),
        ("a[5]=1", r#"{a:["1"]}"#),
        ("a[100]=1", r#"{a:{100:"1"}}"#),
        ("a[01]=1", r#"{a:{01:"1"}}"#),
        ("a[b]=1&a[c]=2", r#"{a:{b:"1",c:"2"}}"#),
        ("a[b][c]=1", r#"{a:{b:{c:"1"}}}"#),
        ("a.b=1", r#"{a.b:"1"}"#),
        ("a%5Bb%5D=1%262", r#"{a:{b:"1&2"}}"#),
        ("a%5bb%5d=x+y%20z", r#"{a:{b:"x y z"}}"#),
        ("a[0]=1&a[b]=2", r#"{a:{0:"1",b:"2"}}"#),
        ("a=1&a[b]=2", r#"{a:["1",{b:"2"}]}"#),
        ("a[b]=1&a=2", r#"{a:[{b:"1"},"2"]}"#),
        ("a[b]=1&a=", r#"{a:{b:"1"}}"#),
        ("a[]=1&a=2", r#"{a:["1","2"]}"#),
        ("a[0][b]=1&a[0][c]=2", r#"{a:[{b:"1",c:"2"}]}"#),
        ("a[]=1&a[0]=2", r#"{a:["1","2"]}"#),
        ("a[b]=1&a[b]=2", r#"{a:{b:["1","2"]}}"#),
        ("a[", "{a:{[:null}}"),
        ("a[b=1", r#"{a:{[b:"1"}}"#),
        ("a]=1", r#"{a]:"1"}"#),
        ("[a]=1", r#"{a:"1"}"#),
        ("a[b[c]]=1", r#"{a:{b[c]:"1"}}"#),
        ("a[b]c=1", r#"{a:{b:"1"}}"#),
        ("a=%", r#"{a:"%"}"#),
        ("a=%FF+b", r#"{a:"%FF b"}"#),
        ("a[constructor]=1&toString=2&__proto__[x]=3&b=4", r#"{b:"4"}"#),
        ("a=b=c", r#"{a:"b=c"}"#),
        ("a[b=c]=d", r#"{a:{b=c:"d"}}"#),
    ] {
        assert_eq!(tree(query), expected, "{query}");
    }
}

#[test]
fn brackets_end_at_a_depth_of_20() {
    let query = format!("a{}=1", "[b]".repeat(25));
    let tree = tree(&query);
    assert_eq!(tree.matches("b:").count(), 20);
    assert!(tree.contains("[b][b][b][b][b]:\"1\""), "{tree}");
}

#[test]
fn more_than_a_thousand_parameters_are_refused() {
    let query = |count: usize| "filters[id][$in][]=1&".repeat(count);
    assert!(listing(&query(1000)).is_ok());
    assert_eq!(message(&query(1001)), "Too many parameters: at most 1000 are read");
}
