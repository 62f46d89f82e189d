(** The model as an OCaml program: see `oracle.ml`. *)
From Coq Require Extraction.
From Coq Require Import ExtrOcamlBasic ExtrOcamlNativeString ExtrOcamlZBigInt ExtrOcamlNatInt.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision Explain Sweep Relay Change ChangeOrders.
Extraction Language OCaml.
Extraction "model.ml" decide_at location_of explain_at may_relay change_is_empty change_widens change_releases reached released sweep.
