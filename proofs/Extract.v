(** The model as an OCaml program: see `oracle.ml`. *)
From Coq Require Extraction.
From Coq Require Import ExtrOcamlBasic ExtrOcamlNativeString ExtrOcamlZBigInt ExtrOcamlNatInt ZArith.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision Relay Prepared PreparedChange.
Extraction Language OCaml.

(* Coq's library maps numbers to Zarith and text to OCaml's strings, and leaves these comparisons to be worked out bit by bit. *)
Extract Constant Z.leb => "Big_int_Z.le_big_int".
Extract Constant Z.ltb => "Big_int_Z.lt_big_int".
Extract Constant Ids.compare =>
  "fun a b -> let order = Stdlib.String.compare a b in if order < 0 then Lt else if order = 0 then Eq else Gt".

Extraction "model.ml" prepare place_of consider verdict_considered reasons_considered sweep_prepared reach_prepared may_relay
  change_prepared.
