(** The decision about one person. *)
From Coq Require Import Bool List ZArith String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders.
Import ListNotations.

(** "At time *t*, for a meeting, a participant's address and the host account's home region". *)
Record question := Question { meeting : string; host : option string; ip : address; home : region; at_time : Z }.

(** "Allow, BlockParticipant or KeepMeeting. No variant ends a meeting or touches an account." *)
Inductive kind := Allow | BlockParticipant | KeepMeeting.

(** The answer: its kind, the ids of the orders it gives, and the id of the domestic order that the host account is under. *)
Record verdict := Verdict { kind_of : kind; given : list string; domestic : option string }.

(** All that a policy is compiled from. *)
Record world := World { docket_of : docket; min_sources : nat; sources : list source }.

(** Whether an order names "this meeting's id, or the account that hosts it". "Meetings and accounts are separate name spaces." *)
Definition names (o : order) (q : question) : bool :=
  existsb (String.eqb (meeting q)) (meetings o)
  || match host q with Some account => existsb (String.eqb account) (accounts o) | None => false end.

(** "`named` = the orders in force at *t* that name this meeting's id, or the account that hosts it." *)
Definition named (d : docket) (q : question) : list order :=
  filter (fun o => in_force o (at_time q) && names o q) (orders d).

(** "`reaching` = those of `named` whose reach contains the address." *)
Definition reaching (d : docket) (l : location) (q : question) : list order :=
  filter (fun o => reaches (groups d) o l (ip q)) (named d q).

(** "An order is *foreign* when its issuer does not cover the host's region." These are the others. *)
Definition domestics (d : docket) (q : question) : list order :=
  filter (fun o => issuer_covers (groups d) o (home q)) (named d q).

(** "Ascending by id." *)
Definition ids (os : list order) : list string := ascending (map id os).

(** "`named` empty → **Allow**. `reaching` not empty → **BlockParticipant**. Otherwise → **KeepMeeting**." "`Block::orders` gives the reaching
    orders, `Keep::orders` those named, ascending by id." "`UnderDomesticOrder` (the smallest id, when several do)". *)
Definition verdict_of (named reaching domestics : list string) : verdict :=
  let domestic := hd_error domestics in
  match named, reaching with
  | [], _ => Verdict Allow [] domestic
  | _, _ :: _ => Verdict BlockParticipant reaching domestic
  | _, [] => Verdict KeepMeeting named domestic
  end.

(** The rule, where the address is known to be. *)
Definition decide_at (d : docket) (l : location) (q : question) : verdict :=
  verdict_of (ids (named d q)) (ids (reaching d l q)) (ids (domestics d q)).

(** "Where an address is." *)
Definition location_of (w : world) (a : address) : location := locate (min_sources w) (sources w) a.

(** "At time *t*, for a meeting, a participant's address and the host account's home region." *)
Definition decide (w : world) (q : question) : verdict := decide_at (docket_of w) (location_of w (ip q)) q.
Definition is_blocked (w : world) (q : question) : Prop := kind_of (decide w q) = BlockParticipant.

(** * What the kinds mean *)

Lemma ids_in i os : In i (ids os) <-> exists o, In o os /\ id o = i.
Proof. unfold ids. rewrite ascending_in, in_map_iff. firstorder. Qed.

Lemma ids_empty os : ids os = [] <-> os = [].
Proof. unfold ids. rewrite ascending_empty. destruct os; simpl; split; congruence. Qed.

Lemma named_in d q o : In o (named d q) <-> In o (orders d) /\ in_force o (at_time q) = true /\ names o q = true.
Proof. unfold named. rewrite filter_In, andb_true_iff. tauto. Qed.

Lemma reaching_in d l q o :
  In o (reaching d l q) <->
  In o (orders d) /\ in_force o (at_time q) = true /\ names o q = true /\ reaches (groups d) o l (ip q) = true.
Proof. unfold reaching. rewrite filter_In, named_in. tauto. Qed.

Lemma domestics_in d q o :
  In o (domestics d q) <->
  In o (orders d) /\ in_force o (at_time q) = true /\ names o q = true /\ issuer_covers (groups d) o (home q) = true.
Proof. unfold domestics. rewrite filter_In, named_in. tauto. Qed.

Lemma reaching_named d l q : reaching d l q <> [] -> named d q <> [].
Proof. intros R N. apply R. unfold reaching. rewrite N. reflexivity. Qed.

(** Somebody is blocked exactly when an order in force that names the meeting or the account reaches the address. *)
Lemma blocked_iff_reached d l q :
  kind_of (decide_at d l q) = BlockParticipant <->
  exists o, In o (orders d) /\ in_force o (at_time q) = true /\ names o q = true /\ reaches (groups d) o l (ip q) = true.
Proof.
  split.
  - unfold decide_at, verdict_of. destruct (ids (named d q)); [discriminate|].
    destruct (ids (reaching d l q)) as [|i rest] eqn:R; [discriminate|]. intros _.
    assert (I : In i (ids (reaching d l q))) by (rewrite R; left; auto).
    apply ids_in in I. destruct I as (o & I & _). exists o. apply reaching_in, I.
  - intros (o & I). apply reaching_in in I. unfold decide_at, verdict_of.
    assert (R : reaching d l q <> []) by (intros E; rewrite E in I; destruct I).
    assert (N := reaching_named _ _ _ R).
    rewrite <- ids_empty in R, N.
    destruct (ids (named d q)); [congruence|]. destruct (ids (reaching d l q)); [congruence|]. reflexivity.
Qed.

Lemma allow_iff_unnamed d l q : kind_of (decide_at d l q) = Allow <-> named d q = [].
Proof.
  rewrite <- ids_empty. unfold decide_at, verdict_of.
  destruct (ids (named d q)); simpl; [split; auto|]. destruct (ids (reaching d l q)); split; discriminate.
Qed.

Lemma blocked_gives_reaching d l q :
  kind_of (decide_at d l q) = BlockParticipant -> given (decide_at d l q) = ids (reaching d l q).
Proof.
  unfold decide_at, verdict_of. destruct (ids (named d q)); [discriminate|].
  destruct (ids (reaching d l q)); [discriminate|reflexivity].
Qed.

Lemma domestic_of d l q : domestic (decide_at d l q) = hd_error (ids (domestics d q)).
Proof.
  unfold decide_at, verdict_of. destruct (ids (named d q)), (ids (reaching d l q)); reflexivity.
Qed.

Lemma names_iff o q :
  names o q = true <-> In (meeting q) (meetings o) \/ exists account, host q = Some account /\ In account (accounts o).
Proof.
  unfold names. rewrite orb_true_iff, existsb_exists. split.
  - intros [(m & I & E) | H].
    + apply String.eqb_eq in E. subst. auto.
    + destruct (host q) as [account|]; [|discriminate]. apply existsb_exists in H. destruct H as (x & I & E).
      apply String.eqb_eq in E. subst. eauto.
  - intros [I | (account & -> & I)].
    + left. exists (meeting q). split; auto. apply String.eqb_refl.
    + right. apply existsb_exists. exists account. split; auto. apply String.eqb_refl.
Qed.

(** Two decisions are equal when the same ids are named, reach, and are domestic. *)
Lemma decide_at_same d d' l l' q q' :
  (forall i, In i (ids (named d q)) <-> In i (ids (named d' q'))) ->
  (forall i, In i (ids (reaching d l q)) <-> In i (ids (reaching d' l' q'))) ->
  (forall i, In i (ids (domestics d q)) <-> In i (ids (domestics d' q'))) ->
  decide_at d l q = decide_at d' l' q'.
Proof.
  intros N R D. unfold decide_at.
  assert (same : forall a b, (forall i, In i (ids a) <-> In i (ids b)) -> ids a = ids b).
  { intros a b E. unfold ids in *. apply ascending_same. intros x. specialize (E x). rewrite !ascending_in in E. exact E. }
  rewrite (same _ _ N), (same _ _ R), (same _ _ D). reflexivity.
Qed.
