//! regorus, with the docket as Rego data.

use std::collections::BTreeMap;

use ::regorus::languages::rego::compiler::Compiler;
use ::regorus::rvm::vm::RegoVM;
use ::regorus::{Engine, Value};
use bailiwick::Docket;

use super::{Answer, Decider, Given};
use crate::workload::questions::Question;

const POLICY: &str = "
package orders
import rego.v1

default answer := 0
answer := 2 if data.meetings[input.meeting][input.country]
else := 1 if data.meetings[input.meeting]
";

/// The rule that is asked.
const ANSWER: &str = "data.orders.answer";

/// A program compiled once and run by the virtual machine that regorus offers for speed: for each question only the input is set,
/// as values rather than as JSON.
pub struct Regorus {
    machine: RegoVM,
    meeting: Value,
    country: Value,
}

impl Decider for Regorus {
    const NAME: &'static str = "regorus, given the country";

    fn build(given: &Given<'_>) -> Regorus {
        let mut engine = Engine::new();
        engine.add_policy(String::from("orders.rego"), String::from(POLICY)).expect("the policy is well formed");
        let data = Value::from_json_str(&data(given.docket)).expect("the data is well formed");
        engine.add_data(data.clone()).expect("the data is an object");
        let compiled = engine.compile_with_entrypoint(&ANSWER.into()).expect("the policy is well formed");
        let program = Compiler::compile_from_policy(&compiled, &[ANSWER]).expect("the policy is well formed");
        let mut machine = RegoVM::new_with_policy(compiled);
        machine.load_program(program);
        machine.set_data(data).expect("no rule has the data's name");
        Regorus { machine, meeting: "meeting".into(), country: "country".into() }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let input = BTreeMap::from([
            (self.meeting.clone(), Value::from(question.meeting.as_str())),
            (self.country.clone(), Value::from(question.country)),
        ]);
        self.machine.set_input(Value::from(input));
        let answer = self.machine.execute().expect("the rule has a default");
        match answer.as_u8().expect("the rule answers with a number") {
            0 => Answer::Allow,
            1 => Answer::Keep,
            _ => Answer::Block,
        }
    }
}

/// `{"meetings": {"meeting-0": {"CN": true}}}`, as text: what regorus reads from text it stores the most compactly.
fn data(docket: &Docket) -> String {
    let named = |order: &bailiwick::Order| {
        let entry = |meeting: &String| format!("\"{meeting}\":{{\"{}\":true}}", order.issuer);
        order.meetings.iter().map(entry).collect::<Vec<_>>().join(",")
    };
    format!("{{\"meetings\":{{{}}}}}", docket.orders.iter().map(named).collect::<Vec<_>>().join(","))
}
