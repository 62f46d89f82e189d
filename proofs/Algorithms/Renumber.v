(** Shared tables in which numbers that no rule uses are given out again: `policy::compile::renumber::merge`. *)
From Coq Require Import Bool List Arith Lia.
Import ListNotations.

(** Puts a value at a place of a table. *)
Fixpoint put_at {A} (n : nat) (v : A) (l : list A) : list A :=
  match l, n with
  | [], _ => []
  | _ :: rest, O => v :: rest
  | x :: rest, S n => x :: put_at n v rest
  end.

(** The table, the numbers that are free, and the numbers of values that are known to be in use. *)
Record state (A : Type) := State { values : list A; free : list nat; known : list (A * nat) }.
Arguments State {A}.
Arguments values {A}.
Arguments free {A}.
Arguments known {A}.

Fixpoint number_of {A} (dec : forall a b : A, {a = b} + {a <> b}) (v : A) (known : list (A * nat)) : option nat :=
  match known with [] => None | (u, n) :: rest => if dec u v then Some n else number_of dec v rest end.

(** The number of a value: the one that it has, a free one, or one behind all. *)
Definition place {A} dec (s : state A) (v : A) : state A * nat :=
  match number_of dec v (known s) with
  | Some n => (s, n)
  | None =>
      match free s with
      | n :: rest => (State (put_at n v (values s)) rest ((v, n) :: known s), n)
      | [] => let n := length (values s) in (State (values s ++ [v]) [] ((v, n) :: known s), n)
      end
  end.

Fixpoint place_all {A} dec (s : state A) (new : list A) : state A * list nat :=
  match new with
  | [] => (s, [])
  | v :: rest => let (s, n) := place dec s v in let (s, ns) := place_all dec s rest in (s, n :: ns)
  end.

Definition is_used (used : list nat) (n : nat) : bool := existsb (Nat.eqb n) used.

(** Merges new values into a table of which rules use some numbers. What stands at a free number does not matter. *)
Definition merge {A} dec (l : list A) (used : list nat) (new : list A) : state A * list nat :=
  let numbers := seq 0 (length l) in
  place_all dec
    (State l (filter (fun n => negb (is_used used n)) numbers) (combine (map snd (filter (fun p => is_used used (fst p)) (combine numbers l)))
                                                                        (map fst (filter (fun p => is_used used (fst p)) (combine numbers l)))))
    new.

Lemma put_at_same {A} n (v : A) l : n < length l -> nth_error (put_at n v l) n = Some v.
Proof. revert n. induction l as [|x l IH]; intros [|n] L; simpl in *; try lia; [reflexivity | apply IH; lia]. Qed.

Lemma put_at_other {A} n m (v : A) l : n <> m -> nth_error (put_at n v l) m = nth_error l m.
Proof. revert n m. induction l as [|x l IH]; intros [|n] [|m] D; simpl; auto; congruence. Qed.

Lemma put_at_length {A} n (v : A) l : length (put_at n v l) = length l.
Proof. revert n. induction l as [|x l IH]; intros [|n]; simpl; auto. Qed.

(** Known values stand at their numbers, and these are not free. *)
Record sound {A} (s : state A) : Prop := Sound {
  known_stand : forall v n, In (v, n) (known s) -> nth_error (values s) n = Some v /\ ~ In n (free s);
  free_once : NoDup (free s);
  free_inside : forall n, In n (free s) -> n < length (values s)
}.

Lemma number_of_in {A} dec (v : A) k n : number_of dec v k = Some n -> In (v, n) k.
Proof.
  induction k as [|[u m] k IH]; simpl; [discriminate|]. destruct (dec u v) as [-> | D]; [intros [= ->]; auto | auto].
Qed.

(** A number whose value may not change: it is in the table and not free. *)
Definition settled {A} (s : state A) (n : nat) : Prop := n < length (values s) /\ ~ In n (free s).

Lemma place_is {A} dec (s : state A) v :
  sound s ->
  let (s', n) := place dec s v in
  sound s' /\ nth_error (values s') n = Some v /\ settled s' n
  /\ forall m, settled s m -> nth_error (values s') m = nth_error (values s) m /\ settled s' m.
Proof.
  intros [K O I]. unfold place, settled. destruct (number_of dec v (known s)) as [n|] eqn:N.
  - apply number_of_in, K in N. destruct N as [N F]. split; [constructor; assumption|]. split; [exact N|].
    split; [split; [apply nth_error_Some; congruence | exact F] | auto].
  - destruct (free s) as [|n rest] eqn:F.
    + simpl. split; [constructor; cbn [known free values]|].
      * intros u m [[= <- <-] | J].
        -- split; [|auto]. rewrite nth_error_app2, Nat.sub_diag by lia. reflexivity.
        -- apply K in J. destruct J as [J _]. split; [|auto]. rewrite nth_error_app1; [exact J|]. apply nth_error_Some. congruence.
      * constructor.
      * intros m [].
      * rewrite app_length. simpl. split; [rewrite nth_error_app2, Nat.sub_diag by lia; reflexivity|]. split; [split; [lia | tauto]|].
        intros m [L _]. split; [apply nth_error_app1, L | split; [lia | tauto]].
    + apply NoDup_cons_iff in O. destruct O as [Nn O].
      assert (L : n < length (values s)) by (apply I; left; reflexivity).
      simpl. rewrite put_at_length. split; [constructor; cbn [known free values]|].
      * intros u m [[= <- <-] | J]; [split; [apply put_at_same, L | exact Nn]|]. apply K in J. destruct J as [J G].
        split; [|intros X; apply G; right; exact X]. rewrite put_at_other; [exact J|]. intros ->. apply G. left. reflexivity.
      * exact O.
      * intros m J. rewrite put_at_length. apply I. right. exact J.
      * split; [apply put_at_same, L|]. split; [split; [exact L | exact Nn]|]. intros m [Lm G].
        split; [apply put_at_other; intros ->; apply G; left; reflexivity | split; [exact Lm | intros X; apply G; right; exact X]].
Qed.

Lemma place_all_is {A} dec (new : list A) s :
  sound s ->
  let (s', ns) := place_all dec s new in
  Forall2 (fun v n => nth_error (values s') n = Some v) new ns
  /\ forall m, settled s m -> nth_error (values s') m = nth_error (values s) m /\ settled s' m.
Proof.
  revert s. induction new as [|v new IH]; intros s S; simpl; [split; [constructor | auto]|].
  assert (P := place_is dec s v S). destruct (place dec s v) as [s1 n]. destruct P as (S1 & V & T & M).
  specialize (IH s1 S1). destruct (place_all dec s1 new) as [s2 ns]. destruct IH as [F N]. split.
  - constructor; [|exact F]. rewrite (proj1 (N n T)). exact V.
  - intros m Sm. destruct (M m Sm) as [E Sm']. destruct (N m Sm') as [E' Sm'']. split; [congruence | exact Sm''].
Qed.

Lemma combine_pairs {A B} (l : list (A * B)) : combine (map snd l) (map fst l) = map (fun p => (snd p, fst p)) l.
Proof. induction l as [|[a b] l IH]; simpl; congruence. Qed.

Lemma combine_seq_nth {A} (l : list A) start n v : In (n, v) (combine (seq start (length l)) l) -> nth_error l (n - start) = Some v /\ start <= n.
Proof.
  revert start. induction l as [|x l IH]; simpl; intros start; [tauto|]. intros [[= <- <-] | I].
  - rewrite Nat.sub_diag. auto.
  - apply IH in I. destruct I as [E L]. split; [|lia]. replace (n - start) with (S (n - S start)) by lia. exact E.
Qed.

(** Every number that a rule uses keeps its value, and every new value stands at the number that it is given: so an amended rule finds
    its own area, jurisdiction and window, and no other rule loses one. *)
Theorem renumbering_keeps_what_is_used_and_finds_what_is_new {A} dec (l : list A) used new :
  let (s, numbers) := merge dec l used new in
  Forall2 (fun v n => nth_error (values s) n = Some v) new numbers
  /\ forall n, In n used -> n < length l -> nth_error (values s) n = nth_error l n.
Proof.
  assert (U : forall n, is_used used n = true <-> In n used).
  { intros n. unfold is_used. rewrite existsb_exists. split; [intros (m & I & E); apply Nat.eqb_eq in E; subst; exact I|].
    intros I. exists n. split; [exact I | apply Nat.eqb_refl]. }
  unfold merge. rewrite combine_pairs. set (s0 := State _ _ _).
  assert (S : sound s0).
  { constructor; simpl.
    - intros v n I. apply in_map_iff in I. destruct I as ([m u] & [= <- <-] & I). apply filter_In in I. destruct I as [I X].
      apply combine_seq_nth in I. rewrite Nat.sub_0_r in I. split; [apply I|]. rewrite filter_In. simpl in X. rewrite X.
      intros [_ Y]. discriminate.
    - apply NoDup_filter, seq_NoDup.
    - intros n I. apply filter_In in I. destruct I as [I _]. apply in_seq in I. lia. }
  assert (P := place_all_is dec new s0 S). destruct (place_all dec s0 new) as [s numbers]. destruct P as [F N]. split; [exact F|].
  intros n I L. apply N. split; [exact L|]. simpl. rewrite filter_In. intros [_ X]. rewrite (proj2 (U n) I) in X. discriminate.
Qed.
