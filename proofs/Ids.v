(** Ids of orders, ascending: a list that depends on the set of ids alone. *)
From Coq Require Import List String Sorted Bool RelationClasses.
From Coq Require Import Structures.OrdersEx.
Import ListNotations.

(** Ids are "compared byte for byte". *)
Definition compare : string -> string -> comparison := String_as_OT.compare.
Definition less : string -> string -> Prop := String_as_OT.lt.

(** Ids are unique in a docket that compiles, so that nothing is dropped there. *)
Fixpoint insert (x : string) (l : list string) : list string :=
  match l with
  | [] => [x]
  | y :: rest => match compare x y with Lt => x :: l | Eq => l | Gt => y :: insert x rest end
  end.

(** "Ids ascending", byte by byte. *)
Definition ascending (l : list string) : list string := fold_right insert [] l.

Lemma insert_in x y l : In y (insert x l) <-> y = x \/ In y l.
Proof.
  induction l as [|z l IH]; simpl; [intuition|].
  unfold compare in *. destruct (String_as_OT.compare_spec x z) as [E | L | G]; simpl.
  - unfold String_as_OT.eq in E. subst. intuition.
  - intuition.
  - rewrite IH. intuition.
Qed.

Lemma ascending_in x l : In x (ascending l) <-> In x l.
Proof. induction l as [|y l IH]; simpl; [tauto|]. rewrite insert_in, IH. intuition. Qed.

Lemma less_transitive a b c : less a b -> less b c -> less a c.
Proof. apply String_as_OT.lt_strorder. Qed.

Lemma less_irreflexive a : ~ less a a.
Proof. apply String_as_OT.lt_strorder. Qed.

Lemma insert_sorted x l : StronglySorted less l -> StronglySorted less (insert x l).
Proof.
  induction l as [|y l IH]; intros S; simpl; [repeat constructor|].
  apply StronglySorted_inv in S. destruct S as [S F].
  unfold compare. destruct (String_as_OT.compare_spec x y) as [E | L | G].
  - constructor; auto.
  - constructor; [constructor; auto|]. constructor; auto.
    eapply Forall_impl; [|exact F]. intros z. apply less_transitive. exact L.
  - constructor; [apply IH, S|]. rewrite Forall_forall in *. intros z I. apply insert_in in I.
    destruct I as [-> | I]; auto.
Qed.

Lemma ascending_sorted l : StronglySorted less (ascending l).
Proof. induction l as [|x l IH]; simpl; [constructor | apply insert_sorted, IH]. Qed.

(** What has an id is put where its id belongs among others, ascending by id. *)
Fixpoint insert_by {A} (id : A -> string) (x : A) (l : list A) : list A :=
  match l with [] => [x] | y :: rest => match compare (id x) (id y) with Gt => y :: insert_by id x rest | _ => x :: l end end.

Lemma insert_by_in {A} (id : A -> string) x y l : In y (insert_by id x l) <-> y = x \/ In y l.
Proof. induction l as [|z l IH]; simpl; [intuition|]. destruct (compare (id x) (id z)); simpl; intuition. Qed.

Lemma insert_by_sorted {A} (id : A -> string) x l :
  ~ In (id x) (map id l) -> StronglySorted less (map id l) -> StronglySorted less (map id (insert_by id x l)).
Proof.
  induction l as [|y l IH]; simpl; intros N S; [repeat constructor|]. destruct (StronglySorted_inv S) as [S' F].
  unfold compare. destruct (String_as_OT.compare_spec (id x) (id y)) as [E | L | G].
  - unfold String_as_OT.eq in E. destruct N. auto.
  - simpl. constructor; [exact S|]. constructor; [exact L|]. eapply Forall_impl; [|exact F]. intros z. apply less_transitive, L.
  - simpl. constructor; [apply IH; auto|]. rewrite Forall_forall in *. intros i I. apply in_map_iff in I. destruct I as (z & <- & I).
    apply insert_by_in in I. destruct I as [-> | I]; [exact G | apply F, in_map, I].
Qed.

Lemma sorted_unique a b :
  StronglySorted less a -> StronglySorted less b -> (forall x, In x a <-> In x b) -> a = b.
Proof.
  revert b. induction a as [|x a IH]; intros b Sa Sb same.
  - destruct b as [|y b]; auto. destruct (proj2 (same y) (or_introl eq_refl)).
  - destruct b as [|y b]; [destruct (proj1 (same x) (or_introl eq_refl))|].
    apply StronglySorted_inv in Sa. apply StronglySorted_inv in Sb. destruct Sa as [Sa Fa], Sb as [Sb Fb].
    rewrite Forall_forall in Fa, Fb.
    assert (E : x = y).
    { destruct (proj1 (same x) (or_introl eq_refl)) as [E | I]; auto.
      destruct (proj2 (same y) (or_introl eq_refl)) as [E | J]; auto.
      destruct (less_irreflexive x). eapply less_transitive; [apply Fa, J | apply Fb, I]. }
    subst y. f_equal. apply IH; auto. intros z. specialize (same z). simpl in same. split; intros I.
    + destruct (proj1 same (or_intror I)) as [<- | J]; auto. destruct (less_irreflexive x). auto.
    + destruct (proj2 same (or_intror I)) as [<- | J]; auto. destruct (less_irreflexive x). auto.
Qed.

Lemma ascending_same a b : (forall x, In x a <-> In x b) -> ascending a = ascending b.
Proof.
  intros same. apply sorted_unique; try apply ascending_sorted. intros x. rewrite !ascending_in. apply same.
Qed.

Lemma ascending_ascending l : ascending (ascending l) = ascending l.
Proof. apply ascending_same. intros x. apply ascending_in. Qed.

Lemma ascending_empty l : ascending l = [] <-> l = [].
Proof.
  split; [|intros ->; reflexivity]. destruct l as [|x l]; auto. intros E.
  assert (I : In x (ascending (x :: l))) by (apply ascending_in; left; auto). rewrite E in I. destruct I.
Qed.

(** The first of an ascending list is in it, and no other is less. *)
Lemma ascending_head l x :
  hd_error (ascending l) = Some x <-> In x l /\ forall y, In y l -> y = x \/ less x y.
Proof.
  split.
  - intros E. destruct (ascending l) as [|z rest] eqn:A; [discriminate|]. injection E as ->.
    assert (S := ascending_sorted l). rewrite A in S. apply StronglySorted_inv in S. destruct S as [_ F].
    rewrite Forall_forall in F. split.
    + apply ascending_in. rewrite A. left; auto.
    + intros y I. apply ascending_in in I. rewrite A in I. destruct I as [-> | I]; auto.
  - intros [I least]. destruct (ascending l) as [|z rest] eqn:A.
    + apply ascending_in in I. rewrite A in I. destruct I.
    + simpl. f_equal. assert (J : In z l) by (apply ascending_in; rewrite A; left; auto).
      assert (K : In x (z :: rest)) by (rewrite <- A; apply ascending_in; auto).
      destruct (least z J) as [E | L]; auto. destruct K as [E | K]; auto.
      assert (S := ascending_sorted l). rewrite A in S. apply StronglySorted_inv in S. destruct S as [_ F].
      rewrite Forall_forall in F. destruct (less_irreflexive x). eapply less_transitive; [exact L | apply F, K].
Qed.
