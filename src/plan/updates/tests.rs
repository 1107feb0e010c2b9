use proptest::prelude::*;

use super::*;

const KEYS: [&str; 4] = ["a", "b", "c", "d"];

/// Indexes by name: their key, its type, and what they project.
type Indexes = BTreeMap<&'static str, (&'static str, bool)>;

fn content(indexes: &Indexes, numbers: bool, settings: u8) -> Content {
    let list: Vec<Value> = indexes
        .iter()
        .map(|(name, (key, all))| {
            json!({"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": if *all { "ALL" } else { "KEYS_ONLY" }}})
        })
        .collect();
    let mut names: BTreeSet<&str> = indexes.values().map(|(key, _)| *key).collect();
    names.insert("id");
    let kind = |name: &str| if numbers && name != "id" { "N" } else { "S" };
    let defined: Vec<Value> =
        names.iter().map(|name| json!({"AttributeName": name, "AttributeType": kind(name)})).collect();
    let mut table = json!({"TableName": "t", "AttributeDefinitions": defined,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]});
    if !list.is_empty() {
        table["GlobalSecondaryIndexes"] = list.into();
    }
    let template = json!({
        "Metadata": {"pipectl": {"version": "1", "spec": format!("{indexes:?}{settings}")}},
        "Resources": {
            "EventsTable": {"Type": "AWS::DynamoDB::Table", "Properties": table},
            "Processor": {"Type": "AWS::Lambda::Function", "Properties": {"Settings": settings}},
        },
    });
    let parameters = BTreeMap::from([("ArtifactKey".to_owned(), settings.to_string())]);
    Content { template, parameters, tags: BTreeMap::new() }
}

fn indexes() -> impl Strategy<Value = Indexes> {
    let index = (prop::sample::select(KEYS.to_vec()), any::<bool>());
    prop::collection::btree_map(prop::sample::select(vec!["i", "j", "k", "l", "m"]), index, 0..5)
}

/// The defined attributes are exactly the keys.
fn is_whole(content: &Content) -> bool {
    let table = &content.template["Resources"]["EventsTable"]["Properties"];
    let names = |list: &Value| -> BTreeSet<String> {
        list.as_array().into_iter().flatten().map(|one| one["AttributeName"].to_string()).collect()
    };
    let mut keys = names(&table["KeySchema"]);
    let indexes = table["GlobalSecondaryIndexes"].as_array().into_iter().flatten();
    keys.extend(indexes.flat_map(|index| names(&index["KeySchema"])));
    keys == names(&table["AttributeDefinitions"])
}

fn settings(content: &Content) -> (&Value, &BTreeMap<String, String>) {
    (&content.template["Resources"]["Processor"], &content.parameters)
}

proptest! {
    #[test]
    fn each_update_changes_one_index_or_everything_else(
        before in indexes(), after in indexes(), numbers: [bool; 2], other in 0..2_u8,
    ) {
        let (deployed, desired) = (content(&before, numbers[0], 0), content(&after, numbers[1], other));
        let updates = updates(&deployed, &desired);
        prop_assert_eq!(&updates.last().expect("at least one").content, &desired);
        let mut former = &deployed;
        for update in &updates {
            let changes = index_changes(&former.template, &update.content.template);
            let count: usize = changes.values().map(IndexChanges::count).sum();
            prop_assert!(count <= 1, "{:?}", changes);
            prop_assert!(is_whole(&update.content), "{}", update.content.template);
            // An update that creates an index changes nothing else, and comes after all other changes.
            if count == 1 {
                prop_assert_eq!(settings(former), settings(&update.content));
                let makes = changes.values().any(|one| !one.made.is_empty());
                prop_assert_eq!(settings(former) == settings(if makes { &desired } else { &deployed }), true);
            }
            prop_assert_eq!(count == 0, update.is_remainder);
            former = &update.content;
        }
        let changes = index_changes(&deployed.template, &desired.template);
        let count: usize = changes.values().map(IndexChanges::count).sum();
        prop_assert_eq!(updates.len(), (count + usize::from(other != 0)).max(1));
    }

    #[test]
    fn what_remains_after_any_update_is_the_remainder(
        before in indexes(), after in indexes(), numbers: [bool; 2], other in 0..2_u8,
    ) {
        let (deployed, desired) = (content(&before, numbers[0], 0), content(&after, numbers[1], other));
        let all = updates(&deployed, &desired);
        for (done, update) in all.iter().enumerate() {
            let left = updates(&update.content, &desired);
            let words = |updates: &[Update]| updates.iter().map(|one| one.words.clone()).collect::<Vec<_>>();
            if done + 1 < all.len() {
                prop_assert_eq!(words(&left), words(&all[done + 1..]));
                prop_assert_eq!(&left.last().expect("one").content, &desired);
            } else {
                prop_assert!(left.len() == 1 && is_same(&update.content, &desired));
            }
        }
    }
}

#[test]
fn deletions_come_first_and_what_is_made_comes_last() {
    let before = Indexes::from([("gone", ("a", true)), ("other", ("b", true)), ("stays", ("c", true))]);
    let after = Indexes::from([("new", ("d", true)), ("other", ("b", false)), ("stays", ("c", true))]);
    let words = |settings| {
        let updates = updates(&content(&before, false, 0), &content(&after, false, settings));
        updates.into_iter().map(|update| update.words).collect::<Vec<_>>()
    };
    let [removed, other] = ["gone", "other"].map(|name| format!("delete the index `{name}`"));
    let [new, again] = ["new", "other"].map(|name| format!("create the index `{name}`"));
    assert_eq!(words(0), [removed.clone(), other.clone(), new.clone(), again.clone()]);
    assert_eq!(words(1), [removed, other, "everything else".to_owned(), new, again]);
}

#[test]
fn a_step_is_marked_and_names_the_deployed_spec() {
    let after = Indexes::from([("i", ("a", true)), ("j", ("b", true))]);
    let deployed = content(&Indexes::new(), false, 0);
    let updates = updates(&deployed, &content(&after, false, 1));
    let [remainder, first, last] = updates.as_slice() else { panic!("{updates:?}") };
    for step in [remainder, first] {
        let ours = &step.content.template["Metadata"]["pipectl"];
        assert_eq!(
            (&ours[STEP], &ours["spec"]),
            (&json!("indexes"), &deployed.template["Metadata"]["pipectl"]["spec"])
        );
    }
    assert!(last.content.template["Metadata"]["pipectl"][STEP].is_null());
}
