(** Which servers may carry a meeting. *)
From Coq Require Import Bool List.
From Bailiwick Require Import Regions Orders.
Import ListNotations.

(** The fences that concern a server: one in `CN-GD`, those of `CN-GD` and `CN`; one in `CN`, those of `CN` and each `CN-…`; one in an
    unknown region, all. *)
Definition concerns (server fence : region) : bool :=
  region_eqb server Unknown || covers fence server || covers server fence.

(** A server may carry a meeting when "no fence concerns the server", or "each fence that does covers the host's region and that of every
    participant". *)
Definition may_relay (d : docket) (host : region) (participants : list region) (server : region) : bool :=
  let concerning := filter (concerns server) (fenced d) in
  match concerning with
  | [] => true
  | _ => forallb (fun person => forallb (fun fence => covers fence person) concerning) (host :: participants)
  end.

(** The places where a server may stand that is known to be in a region. *)
Definition may_stand (server place : region) : Prop := server = Unknown \/ covers server place = true.

(** The fences that concern a server are those around some place where it may stand. *)
Theorem fences_that_concern_a_server server fence :
  fence <> Unknown ->
  (concerns server fence = true <-> exists place, may_stand server place /\ covers fence place = true).
Proof.
  intros known. unfold concerns. rewrite !orb_true_iff, region_eqb_eq. split.
  - intros [[-> | C] | C].
    + exists fence. split; [left; reflexivity | apply covers_reflexive, known].
    + exists server. split; [|exact C]. right. apply covers_reflexive. eapply covers_known, C.
    + exists fence. split; [right; exact C | apply covers_reflexive, known].
  - intros (place & [-> | S] & C); [auto|]. destruct (regions_nest _ _ _ C S); auto.
Qed.

(** A meeting runs through a server exactly when no place where the server may stand is behind a fence that some person of the
    meeting, the host included, is not known to be behind. *)
Theorem may_relay_keeps_outsiders_out d host participants server :
  ~ In Unknown (fenced d) ->
  (may_relay d host participants server = true <->
   forall fence place person, In fence (fenced d) -> may_stand server place -> covers fence place = true ->
     In person (host :: participants) -> covers fence person = true).
Proof.
  intros known. unfold may_relay.
  assert (meaning : forall fence, In fence (filter (concerns server) (fenced d)) <->
    In fence (fenced d) /\ exists place, may_stand server place /\ covers fence place = true).
  { intros fence. rewrite filter_In. split; intros [I C]; (split; [exact I|]);
      (apply fences_that_concern_a_server; [intros ->; contradiction | exact C]). }
  split.
  - intros relay fence place person I S C P.
    assert (J : In fence (filter (concerns server) (fenced d))) by (apply meaning; eauto).
    destruct (filter (concerns server) (fenced d)) as [|f fs]; [destruct J|].
    rewrite forallb_forall in relay. specialize (relay person P). rewrite forallb_forall in relay. auto.
  - intros behind.
    assert (all : forallb (fun person => forallb (fun fence => covers fence person) (filter (concerns server) (fenced d)))
                    (host :: participants) = true).
    { apply forallb_forall. intros person P. apply forallb_forall. intros fence J. apply meaning in J.
      destruct J as (I & place & S & C). eapply behind; eauto. }
    destruct (filter (concerns server) (fenced d)); [reflexivity | exact all].
Qed.

(** A person whose region is unknown is behind no fence. *)
Theorem nobody_of_unknown_region_is_relayed d host participants server fence :
  In fence (fenced d) -> concerns server fence = true -> In Unknown (host :: participants) ->
  may_relay d host participants server = false.
Proof.
  intros I C U. unfold may_relay.
  assert (J : In fence (filter (concerns server) (fenced d))) by (apply filter_In; auto).
  destruct (filter (concerns server) (fenced d)) as [|f fs] eqn:E; [destruct J|]. rewrite <- E in *.
  apply not_true_iff_false. intros all. rewrite forallb_forall in all. specialize (all Unknown U).
  rewrite forallb_forall in all. specialize (all fence J).
  rewrite (proj2 (unknown_covers_nothing_and_nothing_covers_it fence)) in all. discriminate.
Qed.
