(** The comparison of two policies by sets of addresses, of the orders that are in force at once: `change::effect`. *)
From Coq Require Import Bool List ZArith String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsWorld Change.
Import ListNotations.

(** A question about the meeting and time of another one. *)
Definition at_place (q : question) (a : address) (h : region) : question := Question (meeting q) (host q) a h (at_time q).

(** The ids of the orders that reach an address. *)
Definition reaching_ids (w : world) (q : question) (a : address) : list string :=
  ids (reaching (docket_of w) (location_of w a) (at_place q a Unknown)).

(** The ids of the orders in force that name the meeting or the account. *)
Definition named_ids (w : world) (q : question) : list string := ids (named (docket_of w) q).

(** "`blocks_differ`": some order reaches an address in one policy and not in the other. *)
Definition blocks_alike (w w' : world) (q : question) : Prop :=
  forall a i, real a -> (In i (reaching_ids w q a) <-> In i (reaching_ids w' q a)).

(** "`keeps_differ`": other orders are named, and not every address is blocked. *)
Definition keeps_alike (w w' : world) (q : question) : Prop :=
  named_ids w q = named_ids w' q \/ forall a, real a -> reaching_ids w q a <> [].

(** "`domestic_differ`": the first order whose issuer covers a home is another one. *)
Definition domestic_alike (w w' : world) (q : question) : Prop :=
  forall h, hd_error (ids (domestics (docket_of w) (at_place q (ip q) h))) = hd_error (ids (domestics (docket_of w') (at_place q (ip q) h))).

Lemma decide_at_place w q a h :
  decide w (at_place q a h)
  = verdict_of (named_ids w q) (reaching_ids w q a) (ids (domestics (docket_of w) (at_place q (ip q) h))).
Proof. reflexivity. Qed.

Lemma reaching_ids_named w q a : reaching_ids w q a <> [] -> named_ids w q <> [].
Proof.
  unfold reaching_ids, named_ids. rewrite !ids_empty. intros R N. apply R.
  assert (E : named (docket_of w) (at_place q a Unknown) = named (docket_of w) q) by reflexivity.
  unfold reaching. rewrite E, N. reflexivity.
Qed.

(** At one time and about one name, both policies decide alike about all addresses and homes exactly when no order's reach differs, other
    orders are named only where everybody is blocked, and the domestic order is the same at every home. *)
Theorem policies_decide_alike_iff_their_sets_agree w w' q :
  (forall a h, real a -> decide w (at_place q a h) = decide w' (at_place q a h))
  <-> blocks_alike w w' q /\ keeps_alike w w' q /\ domestic_alike w w' q.
Proof.
  assert (some : real (Address V4 0)) by (apply is_real_iff; reflexivity).
  assert (R : forall v a h, reaching_of (decide v (at_place q a h)) = reaching_ids v q a) by (intros; apply reaching_of_decide).
  assert (K : forall v a h, reaching_ids v q a = [] -> kept_of (decide v (at_place q a h)) = named_ids v q)
    by (intros v a h E; apply kept_of_decide, E).
  assert (D : forall v a h, domestic (decide v (at_place q a h)) = hd_error (ids (domestics (docket_of v) (at_place q (ip q) h))))
    by (intros v a h; rewrite decide_at_place; unfold verdict_of; destruct (named_ids v q), (reaching_ids v q a); reflexivity).
  split.
  - intros same. split; [|split].
    + intros a i Ra. rewrite <- (R w a Unknown), <- (R w' a Unknown), (same a Unknown Ra). tauto.
    + destruct (list_eq_dec string_dec (named_ids w q) (named_ids w' q)) as [E | N]; [left; exact E|]. right. intros a Ra E. apply N.
      assert (E' : reaching_ids w' q a = []) by (rewrite <- (R w' a Unknown), <- (same a Unknown Ra), R; exact E).
      rewrite <- (K w a Unknown E), <- (K w' a Unknown E'), (same a Unknown Ra). reflexivity.
    + intros h. rewrite <- (D w (Address V4 0) h), <- (D w' (Address V4 0) h), (same _ h some). reflexivity.
  - intros (B & Ke & Do) a h Ra. rewrite !decide_at_place.
    assert (E : reaching_ids w q a = reaching_ids w' q a).
    { apply sorted_unique; [apply ascending_sorted | apply ascending_sorted | intros i; apply B, Ra]. }
    apply verdict_of_alike; auto.
    + intros N. destruct Ke as [Ke | Ke]; [exact Ke | destruct (Ke a Ra N)].
    + destruct Ke as [Ke | Ke]; [rewrite Ke; tauto|]. specialize (Ke a Ra).
      assert (N := reaching_ids_named w q a Ke). rewrite E in Ke. assert (N' := reaching_ids_named w' q a Ke). tauto.
Qed.

(** Somebody is newly blocked there exactly when the union of what the new orders reach is not within that of the old ones. *)
Theorem somebody_is_newly_blocked_iff_a_union_exceeds w w' q :
  (exists a h, real a /\ is_blocked w' (at_place q a h) /\ ~ is_blocked w (at_place q a h))
  <-> exists a i, real a /\ In i (reaching_ids w' q a) /\ forall j, ~ In j (reaching_ids w q a).
Proof.
  assert (B : forall v a h, is_blocked v (at_place q a h) <-> reaching_ids v q a <> []).
  { intros v a h. unfold is_blocked. rewrite decide_at_place. assert (N := reaching_ids_named v q a). unfold verdict_of.
    destruct (named_ids v q) as [|n ns], (reaching_ids v q a) as [|r rs]; simpl; split; try congruence.
    intros _. destruct N; congruence. }
  split.
  - intros (a & h & Ra & New & Old). exists a. rewrite B in New, Old. destruct (reaching_ids w' q a) as [|i is]; [congruence|].
    exists i. split; [exact Ra|]. split; [left; reflexivity|]. intros j I. apply Old. intros E. rewrite E in I. destruct I.
  - intros (a & i & Ra & I & none). exists a, Unknown. split; [exact Ra|]. rewrite !B. split; [intros E; rewrite E in I; destruct I|].
    intros some. destruct (reaching_ids w q a) as [|j js]; [congruence|]. apply (none j). left. reflexivity.
Qed.
