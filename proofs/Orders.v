(** Orders and dockets. *)
From Coq Require Import Bool List ZArith String.
From Bailiwick Require Import Regions Addresses Sources.
Import ListNotations.
Open Scope Z_scope.

(** "received | under-review | in-force | rejected | withdrawn". *)
Inductive status := Received | UnderReview | InForce | Rejected | Withdrawn.

(** The issuer of an order: "a region or a group. Bounds everything the order can do". *)
Inductive issuer := RegionIssuer (r : region) | GroupIssuer (name : string).

(** The fields of an order that a decision depends on. A time is a number; an absent bound is [None]. *)
Record order := Order {
  id : string;
  issued_by : issuer;
  order_status : status;
  effective : option Z;
  expires : option Z;
  meetings : list string;
  accounts : list string;
  regions : list region;
  networks : list span;
  exempt : list span
}.

(** A docket has "the orders", "plus named groups of regions", and the fenced regions. *)
Record docket := Docket { groups : list (string * list region); orders : list order; fenced : list region }.

(** "Status `in-force`." *)
Definition is_in_force_status (s : status) : bool := match s with InForce => true | _ => false end.

(** "In force at t: status `in-force`, and `effective <= t < expires` (either bound may be absent)." *)
Definition in_force (o : order) (t : Z) : bool :=
  is_in_force_status (order_status o)
  && match effective o with Some start => start <=? t | None => true end
  && match expires o with Some stop => t <? stop | None => true end.

(** The regions of a group; none if there is no such group, which is an error of a docket. *)
Fixpoint group (name : string) (gs : list (string * list region)) : list region :=
  match gs with
  | [] => []
  | (n, rs) :: rest => if String.eqb n name then rs else group name rest
  end.

(** "A *bailiwick* is the area over which an officer has authority." *)
Definition jurisdiction (gs : list (string * list region)) (o : order) : list region :=
  match issued_by o with RegionIssuer r => [r] | GroupIssuer name => group name gs end.

(** Whether the issuer covers a region: one region of a group suffices. *)
Definition issuer_covers gs (o : order) (r : region) : bool := cover (jurisdiction gs o) r.

(** "`regions`, when given". *)
Definition regions_admit (o : order) (r : region) : bool :=
  match regions o with [] => true | rs => cover rs r end.

(** "`networks`, when given". *)
Definition networks_admit (o : order) (a : address) : bool :=
  match networks o with [] => true | ns => some_holds ns a end.

(** "**Reach** of an order = addresses the atlas locates in a region covered by the issuer ∩ (`regions`, when given) ∩ (`networks`, when
    given) − `exempt`. An address that the atlas cannot locate, or on which its sources disagree, is in no order's reach." *)
Definition reaches gs (o : order) (l : location) (a : address) : bool :=
  match l with
  | Located r => issuer_covers gs o r && regions_admit o r && networks_admit o a && negb (some_holds (exempt o) a)
  | Contested | Unlocated => false
  end.

Lemma in_force_iff o t :
  in_force o t = true <->
  order_status o = InForce
  /\ (forall start, effective o = Some start -> start <= t)
  /\ (forall stop, expires o = Some stop -> t < stop).
Proof.
  unfold in_force, is_in_force_status. rewrite !andb_true_iff. split.
  - intros [[S E] X]. repeat split.
    + destruct (order_status o); congruence.
    + intros start F. rewrite F in E. apply Z.leb_le, E.
    + intros stop U. rewrite U in X. apply Z.ltb_lt, X.
  - intros [-> [E X]]. repeat split.
    + destruct (effective o) as [start|]; auto. apply Z.leb_le; auto.
    + destruct (expires o) as [stop|]; auto. apply Z.ltb_lt; auto.
Qed.

Lemma reaches_iff gs o l a :
  reaches gs o l a = true <->
  exists r, l = Located r /\ issuer_covers gs o r = true /\ regions_admit o r = true
            /\ networks_admit o a = true /\ some_holds (exempt o) a = false.
Proof.
  destruct l as [r| |]; simpl; [|split; [discriminate | intros (r & E & _); discriminate] ..].
  rewrite !andb_true_iff, negb_true_iff. split.
  - intros (((A & B) & C) & D). exists r. auto.
  - intros (r' & [= <-] & A & B & C & D). auto.
Qed.
