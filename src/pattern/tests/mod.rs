//! The pattern language against EventBridge's own engine and documentation.

mod engine;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::wildcard::Wildcard;
use super::{Mistake, Pattern};

fn read(pattern: &Value) -> Result<Pattern, Vec<Mistake>> {
    Pattern::parse(pattern.as_object().expect("a pattern is a map"))
}

/// `None` for a rejected pattern.
fn verdict(pattern: &Value, event: &Value) -> Option<bool> {
    read(pattern).ok().map(|pattern| pattern.matches(event).is_ok())
}

fn on_detail(list: &Value, value: &Value) -> Option<bool> {
    verdict(&json!({"detail": {"a": list}}), &json!({"detail": {"a": value}}))
}

/// The expected results were compared with three engines; the notes name those that come from one engine's source.
#[test]
fn agrees_with_the_recorded_verdicts() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../tests/patterns.json")).unwrap();
    assert!(cases.len() >= 150);
    for case in &cases {
        let expected = case["matches"].as_bool();
        assert_eq!(verdict(&case["pattern"], &case["event"]), expected, "{case}");
    }
}

#[test]
fn reports_each_mistake_at_its_location() {
    let long = "x".repeat(257);
    let table = [
        (json!({}), "", false, "empty map", "name a field"),
        (json!({"source": "a"}), "/source", false, "`source` must be a list", "write `[\"a\"]`"),
        (json!({"source": []}), "/source", false, "is empty", "write the values"),
        (json!({"detail": {"n": 5}}), "/detail/n", false, "`n` must be a list", "write `[5]`"),
        (json!({"detail": {"n": {}}}), "/detail/n", false, "empty map", "exists"),
        (json!({"detail": "a"}), "/detail", false, "`detail`", "write a map"),
        (json!({"detail": ["a"]}), "/detail", false, "`detail` is a map", "write a map"),
        (json!({"detail": {"a": [["x"]]}}), "/detail/a/0", false, "list inside", "remove the inner"),
        (
            json!({"detail": {"a": {"prefix": "x"}}}),
            "/detail/a",
            false,
            "in a list",
            "`[{\"prefix\":\"x\"}]`",
        ),
        (
            json!({"detail": {"a": {"prefix": "x", "suffix": "y"}}}),
            "/detail/a",
            false,
            "in a list",
            "`[{\"prefix\":\"x\"},{\"suffix\":\"y\"}]`",
        ),
        (json!({"source": {"prefix": "x"}}), "/source", false, "no fields", "`[{\"prefix\":\"x\"}]`"),
        (json!({"detail": {"a/b~c": 1}}), "/detail/a~1b~0c", false, "list", "write `[1]`"),
        (json!({"detailtype": ["t"]}), "/detailtype", true, "no event has", "write `detail-type`"),
        (json!({"detail_type": ["t"]}), "/detail_type", true, "no event has", "write `detail-type`"),
        (json!({"Source": ["t"]}), "/Source", true, "no event has", "write `source`"),
        (json!({"status": ["t"]}), "/status", true, "no event has", "move `status` into `detail`"),
        (json!({"shop.a": ["t"]}), "/shop.a", true, "no event has", "move `shop.a` into `detail`"),
        (
            json!({"detail": {"a.b": ["x"], "a": {"b": ["y"]}}}),
            "/detail/a.b",
            true,
            "`detail.a.b` is named twice",
            "one of the two",
        ),
        (json!({"detail.a": ["x"], "detail": {"a": ["y"]}}), "/detail.a", true, "named twice", "one of the"),
        (
            json!({"detail": {"a": [{"prefix": "x"}, {"wildcard": "*/*/*/*/*/hub-7/*"}]}}),
            "/detail/a/1/wildcard",
            false,
            "this wildcard can match a value of `detail.a` in 12 ways at once",
            "fewer `*`",
        ),
        (
            json!({"account": [123456789012u64]}),
            "/account/0",
            false,
            "is a string",
            "write `\"123456789012\"`",
        ),
        (json!({"account": [null]}), "/account/0", false, "is a string", "remove it"),
        (
            json!({"account": [{"numeric": [">", 1]}]}),
            "/account/0/numeric",
            true,
            "`numeric` never matches",
            "as a string",
        ),
        (
            json!({"account": [{"anything-but": [1, 2]}]}),
            "/account/0/anything-but",
            false,
            "excludes nothing",
            "write `[\"1\", \"2\"]`",
        ),
        (json!({"source": [long]}), "/source/0", false, "at most 256 characters", "shorten"),
        (
            json!({"source": [{"starts-with": "a"}]}),
            "/source/0/starts-with",
            true,
            "not an operator",
            "write `prefix`",
        ),
        (json!({"source": [{"prefx": "a"}]}), "/source/0/prefx", true, "not an operator", "write `prefix`"),
        (
            json!({"source": [{"ignore-case": "a"}]}),
            "/source/0/ignore-case",
            true,
            "not an operator",
            "write `equals-ignore-case`",
        ),
        (
            json!({"source": [{"anything_but": "a"}]}),
            "/source/0/anything_but",
            true,
            "not an operator",
            "write `anything-but`",
        ),
        (json!({"source": [{"xyzzy": "a"}]}), "/source/0/xyzzy", true, "not an operator", "write one of"),
        (
            json!({"source": [{"exactly": "a"}]}),
            "/source/0/exactly",
            true,
            "not an operator",
            "the value itself",
        ),
        (
            json!({"source": [{"prefix": "a", "suffix": "b"}]}),
            "/source/0",
            false,
            "2 operators",
            "`{\"prefix\":\"a\"}, {\"suffix\":\"b\"}`",
        ),
        (json!({"source": [{}]}), "/source/0", false, "empty object", "write an operator"),
        (json!({"source": [{"prefix": 5}]}), "/source/0/prefix", false, "takes a string", "write `\"5\"`"),
        (
            json!({"source": [{"prefix": ["a"]}]}),
            "/source/0/prefix",
            false,
            "takes a string",
            "remove the brackets",
        ),
        (
            json!({"source": [{"prefix": {"wildcard": "a"}}]}),
            "/source/0/prefix/wildcard",
            true,
            "cannot hold `wildcard`",
            "equals-ignore-case",
        ),
        (json!({"source": [{"wildcard": "a**"}]}), "/source/0/wildcard", false, "in a row", "write one `*`"),
        (json!({"source": [{"wildcard": "a\\b"}]}), "/source/0/wildcard", false, "escapes neither", "`\\\\`"),
        (
            json!({"detail": {"a": [{"anything-but": ["x", 1]}]}}),
            "/detail/a/0/anything-but",
            false,
            "mixes",
            "one kind",
        ),
        (
            json!({"detail": {"a": [{"anything-but": [true]}]}}),
            "/detail/a/0/anything-but/0",
            false,
            "cannot exclude",
            "`false`",
        ),
        (
            json!({"detail": {"a": [{"anything-but": {"numeric": ["=", 1]}}]}}),
            "/detail/a/0/anything-but/numeric",
            true,
            "cannot hold",
            "opposite",
        ),
        (
            json!({"detail": {"a": [{"anything-but": {"prefix": ["a", ""]}}]}}),
            "/detail/a/0/anything-but/prefix/1",
            false,
            "empty `prefix`",
            "one character",
        ),
        (
            json!({"detail": {"a": [{"anything-but": 9_007_199_254_740_993u64}]}}),
            "/detail/a/0/anything-but",
            false,
            "more digits",
            "15 digits",
        ),
        (
            json!({"detail": {"a": [{"numeric": ["==", 1]}]}}),
            "/detail/a/0/numeric/0",
            false,
            "not a comparison",
            "write `\"=\"`",
        ),
        (
            json!({"detail": {"a": [{"numeric": [">", "5"]}]}}),
            "/detail/a/0/numeric/1",
            false,
            "not a number",
            "write 5 without quotes",
        ),
        (
            json!({"detail": {"a": [{"numeric": [">", 6e9]}]}}),
            "/detail/a/0/numeric/1",
            false,
            "outside the range",
            "-5e9 to 5e9",
        ),
        (
            json!({"detail": {"a": [{"numeric": [">", 10, "<", 5]}]}}),
            "/detail/a/0/numeric",
            false,
            "no number is in",
            "write `[\">\", 5, \"<\", 10]`",
        ),
        (
            json!({"detail": {"a": [{"numeric": ["<", 5, ">", 1]}]}}),
            "/detail/a/0/numeric",
            false,
            "lower bound first",
            "write `[\">\", 1, \"<\", 5]`",
        ),
        (
            json!({"detail": {"a": [{"numeric": [">=", 5, "<=", 5]}]}}),
            "/detail/a/0/numeric",
            false,
            "equal",
            "write `[\"=\", 5]`",
        ),
        (
            json!({"detail": {"a": [{"cidr": "10.0.0.1"}]}}),
            "/detail/a/0/cidr",
            false,
            "one address",
            "`[\"10.0.0.1\"]`",
        ),
        (
            json!({"detail": {"a": [{"cidr": "10.0.0.1/32"}]}}),
            "/detail/a/0/cidr",
            false,
            "one address",
            "`\"10.0.0.1\"`",
        ),
        (
            json!({"detail": {"a": [{"cidr": "10.0.0.0/40"}]}}),
            "/detail/a/0/cidr",
            false,
            "out of range",
            "0 to 31",
        ),
        (
            json!({"detail": {"a": [{"exists": "true"}]}}),
            "/detail/a/0/exists",
            false,
            "takes `true`",
            "quotes",
        ),
        (json!({"$or": {"source": ["a"]}}), "/$or", false, "takes a list", "two or more maps"),
        (json!({"$or": [{"source": ["a"]}]}), "/$or", false, "needs at least two", "add another"),
        (json!({"$or": [{"source": ["a"]}, 5]}), "/$or/1", false, "takes maps", "write a map"),
        (
            json!({"detail": {"$or": [{"cidr": ["a"]}, {"b": ["b"]}]}}),
            "/detail/$or/0/cidr",
            true,
            "under `$or`",
            "name the field",
        ),
        (
            json!({"$or": [{"source": ["a"]}, {"id": ["b"]}], "source": ["c"]}),
            "/source",
            true,
            "uses only one",
            "one of the two",
        ),
    ];
    for (pattern, pointer, on_key, message, help) in table {
        let mistakes = read(&pattern).expect_err("a mistake");
        let [mistake] = mistakes.as_slice() else { panic!("{pattern}: {mistakes:#?}") };
        assert_eq!((mistake.pointer.as_str(), mistake.on_key), (pointer, on_key), "{pattern}: {mistake:?}");
        assert!(mistake.message.contains(message), "{pattern}: {mistake:?}");
        assert!(mistake.help.contains(help), "{pattern}: {mistake:?}");
        assert!(!mistake.message.contains('\n') && !mistake.message.ends_with('.'), "{mistake:?}");
    }
}

#[test]
fn reports_all_mistakes_in_order() {
    let pattern =
        json!({"detail": {"a": 1, "b": [{"wildcard": "**"}, {"numeric": ["x", "y"]}]}, "source": 5});
    let pointers: Vec<String> =
        read(&pattern).unwrap_err().into_iter().map(|mistake| mistake.pointer).collect();
    let expected =
        ["/detail/a", "/detail/b/0/wildcard", "/detail/b/1/numeric/0", "/detail/b/1/numeric/1", "/source"];
    assert_eq!(pointers, expected);
}

#[test]
fn counts_characters_and_combinations() {
    let long = |size: usize| json!({"detail": {"a": ["é".repeat(size)]}});
    let around = long(0).to_string().len();
    assert!(read(&long(4_096 - around)).is_ok());
    let mistakes = read(&long(4_097 - around)).unwrap_err();
    assert!(mistakes[0].pointer.is_empty() && mistakes[0].message.contains("4097"), "{mistakes:?}");

    let list = |name: &str, size: usize| json!({"$or": vec![json!({name: [1]}); size]});
    let product =
        |last: usize| json!({"detail": {"x": list("a", 10), "y": list("b", 10), "z": list("c", last)}});
    assert!(read(&product(10)).is_ok());
    let mistakes = read(&product(11)).unwrap_err();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    assert!(mistakes[0].message.contains("1000 combinations"), "{mistakes:?}");
}

#[test]
fn names_the_first_field_that_fails() {
    let pattern = json!({"detail": {"a": ["x"], "b": {"c": [{"numeric": [">", 5]}]}}, "source": ["s"]});
    let fails = |event: Value| read(&pattern).unwrap().matches(&event).unwrap_err();
    let found = fails(json!({"detail": {"a": "y"}, "source": "s"}));
    assert_eq!(found.field, "detail.a");
    assert_eq!(found.reason, "wants `[\"x\"]`, but the event has `\"y\"`");
    let found = fails(json!({"detail": {"a": "x", "b": {}}, "source": "s"}));
    assert_eq!(found.field, "detail.b.c");
    assert_eq!(found.reason, "wants `[{\"numeric\":[\">\",5]}]`, but the event has no such field");
    let found = fails(json!({"detail": {"a": "x", "b": [{"c": 1}, {"c": [2, 3]}, {"c": 4}]}, "source": "s"}));
    assert!(found.reason.ends_with("the event has `1`, `2`, `3` and 1 more"), "{found:?}");
    assert_eq!(fails(json!([])).field, "detail.a");

    let pattern = json!({"detail": {"i": {"a": [1], "b": [2]}}});
    let event = json!({"detail": {"i": [{"a": 1, "b": 0}, {"a": 0, "b": 2}]}});
    let found = read(&pattern).unwrap().matches(&event).unwrap_err();
    assert_eq!(found.field, "detail.i.b");
    assert!(found.reason.contains("same list element"), "{found:?}");
}

/// Tries every length for every star.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', remainder @ ..] => (0..=text.len()).any(|skipped| naive(remainder, &text[skipped..])),
        ['\\', character, remainder @ ..] | [character, remainder @ ..] => {
            text.first() == Some(character) && naive(remainder, &text[1..])
        }
    }
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => "[ab]{0,2}".prop_map(Value::from),
        2 => (-2i64..3).prop_map(Value::from),
        1 => Just(json!(1.0)),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn operator() -> impl Strategy<Value = Value> {
    let text = "[ab]{0,2}";
    prop_oneof![
        text.prop_map(|text| json!({"prefix": text})),
        text.prop_map(|text| json!({"suffix": text})),
        text.prop_map(|text| json!({"equals-ignore-case": text})),
        "[ab]{1,2}".prop_map(|text| json!({"wildcard": format!("*{text}*")})),
        text.prop_map(|text| json!({"anything-but": text})),
        (-2i64..3).prop_map(|number| json!({"numeric": [">=", number]})),
        any::<bool>().prop_map(|wanted| json!({"exists": wanted})),
    ]
}

fn leaf() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![scalar(), operator()], 1..3)
}

fn fields() -> impl Strategy<Value = Map<String, Value>> {
    let field = prop_oneof![
        3 => leaf().prop_map(Value::from),
        1 => prop::collection::hash_map("[abc]", leaf(), 1..3).prop_map(|map| json!(map)),
    ];
    prop::collection::btree_map("[abc]", field, 1..4).prop_map(Map::from_iter)
}

/// Anything that an event may have under `detail`, with the names that the patterns use.
fn event() -> impl Strategy<Value = Value> {
    let tree = scalar().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4).prop_map(|map| json!(map)),
        ]
    });
    prop::collection::btree_map("[abc]", tree, 0..4).prop_map(|detail| json!({"detail": detail}))
}

fn anything() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "detail",
            "source",
            "$or",
            "numeric",
            "prefix",
            "wildcard",
            "anything-but",
            "cidr"
        ]),
        prop::sample::select(vec![
            "exists",
            "equals-ignore-case",
            "suffix",
            "account",
            "resources",
            "",
            "a.b",
            "é"
        ]),
    ];
    let text = prop_oneof![Just(">".to_owned()), "[*\\\\a:./0-9]{0,8}", ".{0,6}"];
    let number = prop_oneof![any::<f64>().prop_map(Value::from), any::<i64>().prop_map(Value::from)];
    let plain = prop_oneof![
        text.prop_map(Value::from),
        number,
        any::<bool>().prop_map(Value::from),
        Just(Value::Null)
    ];
    plain.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn anything_but_negates_the_list(list in prop::collection::vec("[ab]{0,2}", 1..4), value in scalar()) {
        let exact = on_detail(&json!(list), &value);
        prop_assert_eq!(on_detail(&json!([{"anything-but": list}]), &value), exact.map(|matches| !matches));
    }

    #[test]
    fn or_is_the_disjunction(left in fields(), right in fields(), event in event()) {
        let alone = |map: &Map<String, Value>| verdict(&json!({"detail": map}), &event) == Some(true);
        let either = verdict(&json!({"detail": {"$or": [left, right]}}), &event);
        prop_assert_eq!(either, Some(alone(&left) || alone(&right)));
    }

    #[test]
    fn another_key_never_matches_more(mut map in fields(), more in leaf(), event in event()) {
        let before = verdict(&json!({"detail": map}), &event);
        map.entry("added").or_insert(Value::from(more.clone()));
        let after = verdict(&json!({"detail": map}), &event);
        prop_assert!(before == Some(true) || after == Some(false));
        let beside = verdict(&json!({"detail": map, "source": more}), &event);
        prop_assert!(after == Some(true) || beside != Some(true));
    }

    #[test]
    fn another_alternative_never_matches_less(mut list in leaf(), more in leaf(), event in event()) {
        let before = verdict(&json!({"detail": {"a": list}}), &event);
        list.extend(more);
        let after = verdict(&json!({"detail": {"a": list}}), &event);
        prop_assert!(before == Some(false) || after == Some(true));
    }

    #[test]
    fn wildcard_agrees_with_trying_everything(pattern in "([ab]|\\*|\\\\\\*|\\\\\\\\){0,8}", text in "[ab*\\\\]{0,10}") {
        if let Ok(wildcard) = Wildcard::parse(&pattern) {
            let pattern: Vec<char> = pattern.chars().collect();
            let characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(wildcard.matches(&text), naive(&pattern, &characters));
        } else {
            prop_assert!(pattern.contains("**"));
        }
    }

    #[test]
    fn prefix_is_a_wildcard_with_a_star(prefix in "[^*\\\\]{0,4}", value in prop_oneof![scalar(), ".{0,6}".prop_map(Value::from)]) {
        let wildcard = json!([{"wildcard": format!("{prefix}*")}]);
        prop_assert_eq!(on_detail(&json!([{"prefix": prefix}]), &value), on_detail(&wildcard, &value));
    }

    #[test]
    fn every_mismatch_has_a_reason(map in fields(), event in event()) {
        if let Err(mismatch) = read(&json!({"detail": map})).unwrap().matches(&event) {
            prop_assert!(mismatch.field.starts_with("detail."));
            prop_assert!(mismatch.reason.starts_with("wants "));
        }
    }

    #[test]
    fn nothing_panics(pattern in anything(), event in anything()) {
        let maps = [json!({"detail": pattern}), json!({"$or": pattern}), json!({"source": pattern}), pattern];
        for map in maps.iter().filter_map(Value::as_object) {
            match Pattern::parse(map) {
                Ok(read) => drop((read.matches(&event), read.matches(&json!({"detail": event})))),
                Err(mistakes) => prop_assert!(!mistakes.is_empty()),
            }
        }
    }
}
