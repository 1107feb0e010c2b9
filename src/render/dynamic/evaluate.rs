//! Functions → the parts that a text is put together from.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::list::{join, select};
use super::piece::{Piece, Pieces, either};

/// Most characters and pieces that are processed for one template; one of CloudFormation's largest has a twentieth of it.
const STEPS: usize = 20_000_000;
/// Most resources that refer to each other in a chain.
const CHAIN: usize = 16;

/// A limit of the evaluation was exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) struct TooMany;

/// Evaluates a template's expressions, as far as the template shows their values.
pub(in crate::render) struct Evaluator<'a> {
    template: &'a Value,
    left: Cell<usize>,
    /// The possible values of each resource's attributes, once evaluated.
    attributes: RefCell<BTreeMap<String, Pieces>>,
    /// Resources being evaluated.
    open: RefCell<Vec<String>>,
}

impl<'a> Evaluator<'a> {
    pub(in crate::render) fn new(template: &'a Value) -> Self {
        Self { template, left: Cell::new(STEPS), attributes: RefCell::default(), open: RefCell::default() }
    }

    /// Takes steps from the template's remaining ones.
    pub(super) fn spend(&self, steps: usize) -> Result<(), TooMany> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or_default());
        left.map(drop).ok_or(TooMany)
    }

    /// Whether no steps remain.
    pub(in crate::render) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }

    fn known(&self, text: &str) -> Result<Piece, TooMany> {
        self.spend(text.len() + 1)?;
        Ok(Piece::Text(text.to_owned()))
    }

    /// The text of an expression. One that CloudFormation does not accept as text is treated like a value of AWS:
    /// CloudFormation refuses it.
    pub(super) fn text(&self, expression: &Value) -> Result<Pieces, TooMany> {
        self.spend(1)?;
        match expression {
            Value::Null => Ok(Vec::new()),
            Value::Bool(_) | Value::Number(_) => Ok(vec![self.known(&expression.to_string())?]),
            Value::String(text) => Ok(vec![self.known(text)?]),
            Value::Array(values) => {
                Ok(either(values.iter().map(|value| self.text(value)).collect::<Result<_, _>>()?))
            }
            Value::Object(map) => match call(map) {
                Some(("Ref", Value::String(name))) => self.named(name),
                Some(("Fn::GetAtt", Value::String(path))) => {
                    self.attribute(path.split('.').next().unwrap_or_default())
                }
                Some(("Fn::GetAtt", Value::Array(parts))) => {
                    self.attribute(parts.first().and_then(Value::as_str).unwrap_or_default())
                }
                Some(("Fn::Sub", Value::String(text))) => self.substituted(text, &Map::new()),
                Some(("Fn::Sub", Value::Array(parts))) => {
                    let none = Map::new();
                    let variables = parts.get(1).and_then(Value::as_object).unwrap_or(&none);
                    self.substituted(parts.first().and_then(Value::as_str).unwrap_or_default(), variables)
                }
                Some(("Fn::Join", Value::Array(parts))) => join(self, parts),
                Some(("Fn::Select", Value::Array(parts))) => select(self, parts),
                Some(("Fn::FindInMap", Value::Array(parts))) => {
                    let values = self.looked_up(parts)?;
                    Ok(either(values.into_iter().map(|value| self.text(value)).collect::<Result<_, _>>()?))
                }
                Some(("Fn::Split", argument)) => self.text(argument),
                _ => Ok(vec![Piece::Made]),
            },
        }
    }

    /// A text with `${…}` in it; `${!…}` is a literal `${…}`.
    fn substituted(&self, text: &str, variables: &Map<String, Value>) -> Result<Pieces, TooMany> {
        let mut known: BTreeMap<&str, Piece> = BTreeMap::new();
        for (name, value) in variables {
            known.insert(name, Piece::Either(Rc::new(vec![self.text(value)?])));
        }
        let mut parts = text.split("${");
        let mut pieces = vec![self.known(parts.next().unwrap_or_default())?];
        for part in parts {
            let Some((name, remainder)) = part.split_once('}') else {
                pieces.push(self.known(&format!("${{{part}"))?);
                continue;
            };
            let name = name.trim();
            self.spend(1)?;
            match (name.strip_prefix('!'), known.get(name), name.split_once('.')) {
                (Some(plain), _, _) => pieces.push(self.known(&format!("${{{plain}}}"))?),
                (None, Some(piece), _) => pieces.push(piece.clone()),
                (None, None, Some((resource, _))) => pieces.extend(self.attribute(resource)?),
                (None, None, None) => pieces.extend(self.named(name)?),
            }
            pieces.push(self.known(remainder)?);
        }
        Ok(pieces)
    }

    /// A parameter, a resource, or a pseudo parameter.
    fn named(&self, name: &str) -> Result<Pieces, TooMany> {
        if name == "AWS::NoValue" {
            return Ok(Vec::new());
        }
        match self.parameter(name) {
            Some(parameter) => {
                let allowed = parameter["AllowedValues"].as_array().into_iter().flatten();
                let values = allowed.chain(parameter.get("Default"));
                let values = values.map(|value| self.text(value)).collect::<Result<Vec<_>, _>>()?;
                // pipectl sets the values of its own parameters, which have no braces.
                Ok(either(std::iter::once(vec![Piece::Made]).chain(values).collect()))
            }
            None => self.attribute(name),
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&'a Value> {
        self.template.get("Parameters")?.get(name)
    }

    /// The possible values of a resource's `Ref` and attributes: a value of AWS, or a text of its own properties with a
    /// brace, such as an alarm's name or the value of a parameter in SSM.
    fn attribute(&self, id: &str) -> Result<Pieces, TooMany> {
        let Some(resource) = self.template.get("Resources").and_then(|all| all.get(id)) else {
            return Ok(vec![Piece::Made]);
        };
        let kind = resource["Type"].as_str().unwrap_or_default();
        let is_seen = kind.starts_with("AWS::")
            && !["AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack"].contains(&kind);
        if !is_seen {
            return Ok(vec![Piece::Foreign]);
        }
        if let Some(found) = self.attributes.borrow().get(id) {
            return Ok(found.clone());
        }
        if self.open.borrow().iter().any(|open| open == id) {
            // A circular reference, which CloudFormation refuses.
            return Ok(vec![Piece::Made]);
        }
        if self.open.borrow().len() >= CHAIN {
            return Err(TooMany);
        }
        self.open.borrow_mut().push(id.to_owned());
        let mut texts = vec![vec![Piece::Made]];
        let gathered = self.braced(&resource["Properties"], &mut texts);
        self.open.borrow_mut().pop();
        gathered?;
        let found = either(texts);
        self.attributes.borrow_mut().insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// The texts with a brace among a resource's properties.
    fn braced(&self, value: &Value, texts: &mut Vec<Pieces>) -> Result<(), TooMany> {
        self.spend(1)?;
        match value {
            Value::Array(values) => values.iter().try_for_each(|value| self.braced(value, texts)),
            Value::Object(map) if call(map).is_none() => {
                map.values().try_for_each(|value| self.braced(value, texts))
            }
            Value::Object(_) | Value::String(_) => {
                let text = self.text(value)?;
                if self.has_brace(&text)? {
                    texts.push(text);
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn has_brace(&self, pieces: &[Piece]) -> Result<bool, TooMany> {
        for piece in pieces {
            self.spend(1)?;
            let has = match piece {
                Piece::Text(text) => {
                    self.spend(text.len())?;
                    text.contains(['{', '}'])
                }
                Piece::Made => false,
                Piece::Foreign => true,
                Piece::Either(texts) => {
                    let mut any = false;
                    for text in texts.iter() {
                        any |= self.has_brace(text)?;
                    }
                    any
                }
            };
            if has {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The values of a mapping that its keys can select.
    pub(super) fn looked_up(&self, parts: &[Value]) -> Result<Vec<&'a Value>, TooMany> {
        let [Value::String(name), keys @ ..] = parts else { return Ok(Vec::new()) };
        let mapping = self.template.get("Mappings").and_then(|all| all.get(name));
        let mut found: Vec<&Value> = mapping.into_iter().collect();
        for key in keys.iter().take(2) {
            let key = self.text(key)?;
            let key = super::piece::known(&key);
            let maps = found.into_iter().filter_map(Value::as_object).flatten();
            found =
                maps.filter(|(name, _)| key.is_none_or(|key| *name == key)).map(|(_, value)| value).collect();
            self.spend(found.len())?;
        }
        Ok(found)
    }
}

/// A map of one entry that is a function of CloudFormation.
pub(super) fn call(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}
