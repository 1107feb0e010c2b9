//! A schema as rules that refer to each other by number. It is compiled with a queue, so that neither nesting nor a chain
//! of references deepens the call stack.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use regex::Regex;

use super::Problem;
use super::document::{Document, Draft};
use super::keyword;
use crate::json::Json;
use crate::number::Number;

/// The number of a schema within the document.
pub(super) type Id = usize;

/// Most patterns of one schema.
const MOST_PATTERNS: usize = 100;
/// Most schemas of one value that lead to each other, as by `$ref` and `allOf`.
const LONGEST_CHAIN: usize = 32;

/// A compiled schema.
pub(super) struct Compiled {
    /// The first one is the root.
    pub(super) schemas: Vec<Vec<Rule>>,
    /// Names of fields that occur in the schema.
    pub(super) names: BTreeSet<String>,
    /// Whether `unevaluatedItems` skips the items that `contains` matched.
    pub(super) contained_is_seen: bool,
}

/// A keyword and its check.
pub(super) struct Rule {
    pub(super) keyword: &'static str,
    pub(super) check: Check,
}

/// The check of a keyword. It is valid for values of other types.
pub(super) enum Check {
    /// `false`: no value is valid.
    Never,
    Types(Vec<&'static str>),
    /// The canonical texts of the values.
    Values(BTreeSet<String>),
    /// A limit: its value, whether it is a minimum, and whether the limit itself is valid.
    Limit {
        limit: Number,
        is_least: bool,
        is_valid: bool,
    },
    MultipleOf(Number),
    Length(Count),
    Pattern(Regex),
    Items(Count),
    Unique,
    Properties(Count),
    Required(Vec<String>),
    Named(BTreeMap<String, Id>),
    Matching(Vec<(Regex, Id)>),
    /// Fields other than these.
    Others {
        named: BTreeSet<String>,
        matching: Vec<Regex>,
        schema: Id,
    },
    Names(Id),
    DependentFields(BTreeMap<String, Vec<String>>),
    DependentSchemas(BTreeMap<String, Id>),
    First(Vec<Id>),
    /// Items from this index on.
    Remaining(usize, Id),
    Contains {
        schema: Id,
        least: u64,
        most: Option<u64>,
    },
    Ref(Id),
    All(Vec<Id>),
    Any(Vec<Id>),
    One(Vec<Id>),
    Not(Id),
    If {
        condition: Id,
        then: Option<Id>,
        otherwise: Option<Id>,
    },
    UnevaluatedFields(Id),
    UnevaluatedItems(Id),
}

/// A number of characters, items or fields.
pub(super) enum Count {
    AtLeast(u64),
    AtMost(u64),
}

impl Compiled {
    pub(super) fn of(document: &Document<'_>) -> Result<Self, Problem> {
        let mut compiler = Compiler {
            document,
            compiled: Self {
                schemas: Vec::new(),
                names: BTreeSet::new(),
                contained_is_seen: document.draft >= Draft::Twenty,
            },
            known: BTreeMap::new(),
            queue: VecDeque::new(),
            pointers: Vec::new(),
            patterns: 0,
        };
        compiler.schema(String::new(), document.root, "false");
        while let Some((id, pointer, json, keyword)) = compiler.queue.pop_front() {
            let rules = keyword::rules(&mut compiler, &pointer, json, keyword)?;
            compiler.compiled.schemas[id] = rules;
        }
        let (compiled, pointers) = (compiler.compiled, compiler.pointers);
        let mut chain = Chain {
            compiled: &compiled,
            pointers: &pointers,
            lengths: BTreeMap::new(),
            open: BTreeSet::new(),
        };
        for id in 0..compiled.schemas.len() {
            chain.length(id, 0)?;
        }
        Ok(compiled)
    }
}

/// The state of a compilation.
pub(super) struct Compiler<'a> {
    document: &'a Document<'a>,
    compiled: Compiled,
    /// The schemas that have a number, by pointer.
    known: BTreeMap<String, Id>,
    queue: VecDeque<(Id, String, &'a Json, &'static str)>,
    pointers: Vec<String>,
    patterns: usize,
}

impl<'a> Compiler<'a> {
    pub(super) fn draft(&self) -> Draft {
        self.document.draft
    }

    /// The number of the schema at `pointer`, which is the value of `keyword`.
    pub(super) fn schema(&mut self, pointer: String, json: &'a Json, keyword: &'static str) -> Id {
        if let Some(id) = self.known.get(&pointer) {
            return *id;
        }
        let id = self.compiled.schemas.len();
        self.compiled.schemas.push(Vec::new());
        self.pointers.push(pointer.clone());
        self.known.insert(pointer.clone(), id);
        self.queue.push_back((id, pointer, json, keyword));
        id
    }

    pub(super) fn referred(&mut self, reference: &str, pointer: &str) -> Result<Id, Problem> {
        let (target, json) = self.document.referred(reference, pointer)?;
        Ok(self.schema(target, json, "$ref"))
    }

    pub(super) fn name(&mut self, name: &str) {
        self.compiled.names.insert(name.to_owned());
    }

    pub(super) fn pattern(&mut self, pattern: &str, pointer: &str) -> Result<Regex, Problem> {
        self.patterns += 1;
        if self.patterns > MOST_PATTERNS {
            let message = format!("the schema has more than {MOST_PATTERNS} patterns");
            return Err(Problem::new(pointer, message, "share patterns under `$defs`, or remove some"));
        }
        super::pattern::compile(pattern, pointer)
    }
}

/// How far schemas of one value refer to each other: a cycle could never be checked.
struct Chain<'a> {
    compiled: &'a Compiled,
    pointers: &'a [String],
    lengths: BTreeMap<Id, usize>,
    open: BTreeSet<Id>,
}

impl Chain<'_> {
    fn length(&mut self, id: Id, above: usize) -> Result<usize, Problem> {
        if let Some(length) = self.lengths.get(&id) {
            return Ok(*length);
        }
        let pointer = &self.pointers[id];
        if !self.open.insert(id) {
            let message = "the schema refers to itself for the same value".to_owned();
            return Err(Problem::new(
                pointer,
                message,
                "remove the `$ref` that makes the reference circular",
            ));
        }
        let mut length = 1;
        // The schemas above are counted too, so that this ends before the call stack overflows.
        if above <= LONGEST_CHAIN {
            for rule in &self.compiled.schemas[id] {
                for next in rule.check.of_the_same_value() {
                    length = length.max(1 + self.length(next, above + 1)?);
                }
            }
        }
        if length > LONGEST_CHAIN || above > LONGEST_CHAIN {
            let message = format!("more than {LONGEST_CHAIN} schemas of one value refer to each other");
            return Err(Problem::new(pointer, message, "combine them into fewer schemas"));
        }
        self.open.remove(&id);
        self.lengths.insert(id, length);
        Ok(length)
    }
}

impl Check {
    /// The schemas that apply to the value itself, and not to a part of it.
    pub(super) fn of_the_same_value(&self) -> Vec<Id> {
        match self {
            Self::Ref(id) | Self::Not(id) => vec![*id],
            Self::All(ids) | Self::Any(ids) | Self::One(ids) => ids.clone(),
            Self::If { condition, then, otherwise } => {
                [Some(*condition), *then, *otherwise].into_iter().flatten().collect()
            }
            Self::DependentSchemas(schemas) => schemas.values().copied().collect(),
            _ => Vec::new(),
        }
    }
}
