//! The names of the fields in the files.

use crate::backtest_args::Field;
use crate::failure::Failure;
use bailiwick::Quoted;

/// The name of each field in the files, in the sequence of [`Field::ALL`].
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    names: [String; 5],
    /// Whether the name was given, so that the column must be there.
    is_given: [bool; 5],
}

impl Columns {
    pub(crate) fn new(given: &[(Field, String)]) -> Result<Columns, Failure> {
        let mut columns = Columns { names: Field::ALL.map(|field| field.name().to_owned()), is_given: [false; 5] };
        for (field, name) in given {
            if let (Some(own), Some(is_given)) = (columns.names.get_mut(field.at()), columns.is_given.get_mut(field.at())) {
                if *is_given {
                    let field = field.name();
                    return Err(Failure::unusable(format_args!("`--columns` gives a name for `{field}` twice: give one")));
                }
                (*own, *is_given) = (name.clone(), true);
            }
        }
        for (at, name) in columns.names.iter().enumerate() {
            if let Some(other) = columns.names.iter().skip(at + 1).position(|other| other == name) {
                let fields = Field::ALL.map(Field::name);
                let (one, other) = (fields.get(at).unwrap_or(&""), fields.get(at + 1 + other).unwrap_or(&""));
                return Err(Failure::unusable(format_args!(
                    "`{one}` and `{other}` are both in the column {}: give each a column of its own with `--columns`",
                    Quoted(name)
                )));
            }
        }
        Ok(columns)
    }

    pub(crate) fn name(&self, field: Field) -> &str {
        self.names.get(field.at()).map_or(field.name(), String::as_str)
    }

    /// The field of a column.
    pub(crate) fn field(&self, name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|&field| self.name(field) == name)
    }

    /// Whether the column must be there.
    pub(crate) fn is_needed(&self, field: Field) -> bool {
        field.is_required() || self.is_given.get(field.at()).is_some_and(|&is_given| is_given)
    }

    /// The position of each field among the columns of a file.
    pub(crate) fn positions<'n>(&self, file: &str, names: impl Iterator<Item = &'n str>) -> Result<[Option<usize>; 5], Failure> {
        let (mut positions, mut all) = ([None; 5], Vec::new());
        for (at, name) in names.enumerate() {
            if let Some(field) = self.field(name)
                && let Some(position) = positions.get_mut(field.at())
                && position.replace(at).is_some()
            {
                return Err(Failure::wrong(format_args!("{file} has two columns {}: name one of them otherwise", Quoted(name))));
            }
            all.push(name);
        }
        for (field, position) in Field::ALL.into_iter().zip(positions) {
            if position.is_none() && self.is_needed(field) {
                let (name, field) = (Quoted(self.name(field)), field.name());
                let found: Vec<String> = all.iter().take(12).map(|name| Quoted(name).to_string()).collect();
                return Err(Failure::wrong(format_args!(
                    "{file} has no column {name} for the {field}: it has {}; say which one with `--columns {field}=NAME`",
                    found.join(", ")
                )));
            }
        }
        Ok(positions)
    }
}
