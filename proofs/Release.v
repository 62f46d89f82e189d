(** The end of an order is the end of its blocks. *)
From Coq Require Import Bool List ZArith String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsDecision.
Import ListNotations.
Open Scope Z_scope.

(** Withdrawn, removed or expired: the order is gone, or one of its id that is not in force stands in its place. *)
Inductive ended (o : order) (t : Z) : list order -> Prop :=
| removed : ended o t []
| out_of_force o' : id o' = id o -> in_force o' t = false -> ended o t [o'].

Lemma ended_named w before o after rest q :
  ended o (at_time q) rest ->
  decide (rule_with w (before ++ rest ++ after)) q = decide (rule_with w (before ++ after)) q.
Proof.
  intros [|o' _ F]; simpl; auto. unfold decide, location_of. simpl. unfold decide_at, domestics, reaching, named. simpl.
  rewrite !filter_app. simpl. rewrite F. reflexivity.
Qed.

(** Once an order has ended, nobody is newly blocked; who was blocked is admitted exactly when that order alone blocked them; and
    a block that stays gives the other orders, all of them, and not the one that ended. *)
Theorem release_ends_every_block w before o after rest q :
  NoDup (map id (before ++ o :: after)) ->
  ended o (at_time q) rest ->
  let was := decide (rule_with w (before ++ o :: after)) q in
  let is := decide (rule_with w (before ++ rest ++ after)) q in
  (kind_of is = BlockParticipant -> kind_of was = BlockParticipant)
  /\ (kind_of was = BlockParticipant ->
      (kind_of is <> BlockParticipant <-> given was = [id o]))
  /\ (kind_of is = BlockParticipant -> forall i, In i (given is) <-> In i (given was) /\ i <> id o).
Proof.
  intros unique E was is. unfold was, is. clear was is. rewrite (ended_named _ _ _ _ _ _ E). clear E rest.
  unfold decide, location_of. simpl. generalize (locate (min_sources w) (sources w) (ip q)) as l. intros l.
  set (d := with_orders (docket_of w) (before ++ o :: after)). set (e := with_orders (docket_of w) (before ++ after)).
  assert (other : forall x, In x (before ++ after) -> id x <> id o).
  { intros x I J. rewrite map_app in unique. simpl in unique. apply NoDup_remove_2 in unique. apply unique.
    rewrite <- map_app, <- J. apply in_map, I. }
  assert (R : forall x, In x (reaching e l q) <-> In x (reaching d l q) /\ id x <> id o).
  { intros x. rewrite !reaching_in. unfold d, e. simpl. rewrite !in_app_iff. simpl. split.
    - intros (I & H). split; [|apply other, in_app_iff, I]. intuition.
    - intros ((I & H) & D). split; [|exact H]. destruct I as [I | [<- | I]]; auto. congruence. }
  assert (G : forall i, In i (ids (reaching e l q)) <-> In i (ids (reaching d l q)) /\ i <> id o).
  { intros i. rewrite !ids_in. split.
    - intros (x & I & <-). apply R in I. destruct I as [I D]. split; eauto.
    - intros ((x & I & <-) & D). exists x. split; auto. apply R. auto. }
  assert (B : kind_of (decide_at e l q) = BlockParticipant -> kind_of (decide_at d l q) = BlockParticipant).
  { rewrite !blocked_iff_reached. intros (x & I). apply reaching_in, R in I. exists x. apply reaching_in, I. }
  assert (blocks : forall d, kind_of (decide_at d l q) = BlockParticipant <-> ids (reaching d l q) <> []).
  { intros d'. rewrite blocked_iff_reached. split.
    - intros (x & I). apply reaching_in in I. rewrite ids_empty. intros N. rewrite N in I. destruct I.
    - intros N. destruct (ids (reaching d' l q)) as [|i is] eqn:Y; [congruence|].
      assert (I : In i (ids (reaching d' l q))) by (rewrite Y; left; auto).
      apply ids_in in I. destruct I as (x & I & _). exists x. apply reaching_in, I. }
  split; [exact B|]. split.
  - intros W. rewrite (blocked_gives_reaching _ _ _ W). rewrite blocks. rewrite blocks in W. split.
    + intros none. apply sorted_unique; [apply ascending_sorted | repeat constructor |].
      assert (all : forall i, In i (ids (reaching d l q)) -> i = id o).
      { intros i I. destruct (String.string_dec i (id o)); auto. destruct none. intros N.
        assert (X : In i (ids (reaching e l q))) by (apply G; auto). rewrite N in X. destruct X. }
      intros i. simpl. split; [intros I; left; symmetry; auto|]. intros [<- | []].
      destruct (ids (reaching d l q)) as [|j js]; [congruence|].
      left. apply all. left. reflexivity.
    + intros only some. destruct (ids (reaching e l q)) as [|i is]; [congruence|].
      destruct (proj1 (G i) (or_introl eq_refl)) as [I D]. rewrite only in I. destruct I as [I | []]. congruence.
  - intros W. rewrite (blocked_gives_reaching _ _ _ W), (blocked_gives_reaching _ _ _ (B W)). exact G.
Qed.
