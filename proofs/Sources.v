(** Where an address is: what a source says, and what all of them say together. *)
From Coq Require Import Bool List ZArith Lia String.
From Bailiwick Require Import Regions Addresses.
Import ListNotations.
Open Scope Z_scope.

(** A row of a source: a range, and the region that it says. *)
Record row := Row { row_span : span; row_region : region }.

(** "What one provider says": its rows, whether it is a list of addresses that are no evidence of place (`Source::excluding`), and
    whether its format is one that providers publish. *)
Record source := Source { rows : list row; excludes : bool; published : bool }.

(** Whether a row holds an address. *)
Definition row_holds (a : address) (r : row) : bool := holds (row_span r) a.

(** "Width is the number of addresses of the range as inserted, never of the CIDR pieces it is cut into." *)
Definition row_width (r : row) : Z := width (row_span r).

(** * Special-purpose addresses *)

(** The network of an address and a length, as a range. *)
Definition net4 (a b c d length : Z) : span :=
  let first := ((a * 256 + b) * 256 + c) * 256 + d in Span V4 first (first + 2 ^ (32 - length) - 1).
Definition net6 (high_bits length : Z) : span :=
  let first := high_bits * 2 ^ (128 - length) in Span V6 first (first + 2 ^ (128 - length) - 1).

(** "Special-purpose addresses (IANA's registries, RFC 6890)". Networks that touch are written as one: 224/4 and 240/4, `::` and
    `::1`. *)
Definition special_networks : list span :=
  [ net4 0 0 0 0 8; net4 10 0 0 0 8; net4 100 64 0 0 10; net4 127 0 0 0 8; net4 169 254 0 0 16; net4 172 16 0 0 12;
    net4 192 0 0 0 24; net4 192 168 0 0 16; net4 198 18 0 0 15; net4 224 0 0 0 3;
    net6 0 127; net6 0x64ff9b0001 48; net6 0x0100000000000000 64; net6 0x7e 7; net6 0x3fa 10; net6 0xff 8 ].

(** Whether an address is special-purpose. *)
Definition is_special (a : address) : bool := some_holds special_networks a.

(** A range that lies in these networks. *)
Definition lies_in_special (s : span) : bool := existsb (fun n => within s n) special_networks.

(** "Only a source *all* of whose rows lie in the union of these networks speaks there (a backend's own list of its own networks, as a
    source of its own, made in code or from CIDR CSV or a zone list)." *)
Definition lists_own_networks (s : source) : bool :=
  negb (published s) && forallb (fun r => lies_in_special (row_span r)) (rows s).

(** * One source *)

(** The answer of one source for an address: it "does not place it", it says a region, or "its narrowest ranges differ". *)
Inductive opinion := Silent | Says (r : region) | Disputed.

(** The rows that hold an address. *)
Definition holding (rs : list row) (a : address) : list row := filter (row_holds a) rs.

(** "The narrowest range that holds an address speaks." *)
Definition narrowest (rs : list row) : list row :=
  filter (fun r => forallb (fun other => row_width r <=? row_width other) rs) rs.

(** "A range that says `UNKNOWN` means "do not locate"." *)
Definition opinion_of_region (r : region) : opinion :=
  match r with Unknown => Silent | _ => Says r end.

(** "Equally narrow ones that do not say the same: contested there." *)
Definition unanimous (rs : list row) : opinion :=
  match rs with
  | [] => Silent
  | r :: rest =>
      if forallb (fun other => region_eqb (row_region r) (row_region other)) rest
      then opinion_of_region (row_region r) else Disputed
  end.

(** What rows say of an address, wherever it is. *)
Definition opinion_of_rows (rs : list row) (a : address) : opinion := unanimous (narrowest (holding rs a)).

(** "In every other source these addresses are not located, whatever its rows say." *)
Definition opinion_of (s : source) (a : address) : opinion :=
  if is_special a && negb (lists_own_networks s) then Silent else opinion_of_rows (rows s) a.

(** * All sources *)

(** "In(Region), Contested, Unknown". *)
Inductive location := Located (r : region) | Contested | Unlocated.

(** "Wherever one of its rows holds an address, whatever region it says (`ZZ` too), the address is `Unknown`, whatever other sources say,
    before they can contest it, in special space and in every format." *)
Definition excluded (ss : list source) (a : address) : bool :=
  existsb (fun s => excludes s && existsb (row_holds a) (rows s)) ss.

(** "Such a source does not count for `min_sources`." *)
Definition speaking (ss : list source) : list source := filter (fun s => negb (excludes s)) ss.

(** The regions of those sources that place the address. *)
Definition placing (os : list opinion) : list region :=
  flat_map (fun o => match o with Says r => [r] | _ => [] end) os.

(** Whether a source is contested at the address. *)
Definition is_disputed (o : opinion) : bool := match o with Disputed => true | _ => false end.

(** "A pair agrees when one covers the other". *)
Definition agree (a b : region) : bool := covers a b || covers b a.

(** A set agrees "when every pair does". *)
Definition all_agree (rs : list region) : bool := forallb (fun a => forallb (agree a) rs) rs.

(** "The widest region is the answer." *)
Definition widest (rs : list region) : option region := find (fun r => forallb (covers r) rs) rs.

(** "A source that is contested at an address makes the atlas `Contested` there. Otherwise those sources that place it must agree."
    "Disagreement → `Contested`. Fewer than `min_sources` place it → `Unknown`." *)
Definition agreement (min : nat) (os : list opinion) : location :=
  let placed := placing os in
  if existsb is_disputed os || negb (all_agree placed) then Contested
  else match widest placed with
       | Some r => if Nat.leb min (List.length placed) then Located r else Unlocated
       | None => Unlocated
       end.

(** What the sources that speak say of an address. *)
Definition opinions (ss : list source) (a : address) : list opinion := map (fun s => opinion_of s a) (speaking ss).

(** Exclusions come "before they can contest it". *)
Definition locate (min : nat) (ss : list source) (a : address) : location :=
  if excluded ss a then Unlocated else agreement min (opinions ss a).
