(** The index of names: a table of buckets by any hash, and two ascending lists of orders merged: `policy::name_index`. *)
From Coq Require Import Bool List Arith Lia Sorted String.
Import ListNotations.

(** A name, and the number of an order that names it. *)
Definition naming := (string * nat)%type.

(** A slot has a name and its orders; a bucket has slots; a table has a bucket for each hash that a name has. *)
Definition slot := (string * list nat)%type.
Definition table := list (nat * list slot).

Fixpoint insert_number (n : nat) (l : list nat) : list nat :=
  match l with
  | [] => [n]
  | m :: rest => match Nat.compare n m with Lt => n :: l | Eq => l | Gt => m :: insert_number n rest end
  end.

Fixpoint add_to_bucket (e : naming) (slots : list slot) : list slot :=
  match slots with
  | [] => [(fst e, [snd e])]
  | (name, orders) :: rest =>
      if String.eqb name (fst e) then (name, insert_number (snd e) orders) :: rest else (name, orders) :: add_to_bucket e rest
  end.

Fixpoint add (hash : string -> nat) (e : naming) (t : table) : table :=
  match t with
  | [] => [(hash (fst e), add_to_bucket e [])]
  | (h, slots) :: rest => if Nat.eqb h (hash (fst e)) then (h, add_to_bucket e slots) :: rest else (h, slots) :: add hash e rest
  end.

(** The table of all namings. *)
Definition table_of (hash : string -> nat) (es : list naming) : table := fold_right (add hash) [] es.

Fixpoint in_bucket (name : string) (slots : list slot) : list nat :=
  match slots with [] => [] | (n, orders) :: rest => if String.eqb n name then orders else in_bucket name rest end.

(** The bucket of the hash, and in it the slot whose text is the name, byte for byte. *)
Fixpoint look_up (hash : string -> nat) (t : table) (name : string) : list nat :=
  match t with
  | [] => []
  | (h, slots) :: rest => if Nat.eqb h (hash name) then in_bucket name slots else look_up hash rest name
  end.

Lemma insert_number_in n m l : In m (insert_number n l) <-> m = n \/ In m l.
Proof.
  induction l as [|k l IH]; simpl; [intuition|]. destruct (Nat.compare_spec n k); simpl; [subst; intuition | intuition |].
  rewrite IH. intuition.
Qed.

Lemma insert_number_sorted n l : StronglySorted lt l -> StronglySorted lt (insert_number n l).
Proof.
  induction l as [|k l IH]; simpl; intros S; [repeat constructor|]. destruct (StronglySorted_inv S) as [S' F].
  destruct (Nat.compare_spec n k); [exact S | |].
  - constructor; [exact S|]. constructor; [assumption|]. eapply Forall_impl; [|exact F]. intros a. lia.
  - constructor; [apply IH, S'|]. rewrite Forall_forall in *. intros m I. apply insert_number_in in I. destruct I as [-> | I]; auto.
Qed.

Lemma in_bucket_add e slots name :
  in_bucket name (add_to_bucket e slots)
  = if String.eqb (fst e) name then insert_number (snd e) (in_bucket name slots) else in_bucket name slots.
Proof.
  induction slots as [|[n orders] rest IH]; simpl; [reflexivity|].
  destruct (String.eqb_spec n (fst e)) as [-> | D]; simpl.
  - destruct (String.eqb (fst e) name); reflexivity.
  - rewrite IH. destruct (String.eqb_spec n name) as [-> | D']; [|reflexivity].
    destruct (String.eqb_spec (fst e) name); [congruence | reflexivity].
Qed.

Lemma look_up_add hash e t name :
  look_up hash (add hash e t) name = if String.eqb (fst e) name then insert_number (snd e) (look_up hash t name) else look_up hash t name.
Proof.
  induction t as [|[h slots] rest IH].
  - simpl. destruct (String.eqb_spec (fst e) name) as [-> | D].
    + rewrite Nat.eqb_refl. reflexivity.
    + destruct (Nat.eqb (hash (fst e)) (hash name)); reflexivity.
  - simpl. destruct (Nat.eqb_spec h (hash (fst e))) as [-> | D]; simpl.
    + destruct (Nat.eqb_spec (hash (fst e)) (hash name)) as [H | H]; [apply in_bucket_add|].
      destruct (String.eqb_spec (fst e) name); [congruence | reflexivity].
    + destruct (Nat.eqb_spec h (hash name)) as [-> | H]; [|exact IH].
      destruct (String.eqb_spec (fst e) name); [congruence | reflexivity].
Qed.

(** Whatever the hash, a name has the orders that name it, ascending and each once; names that share a hash are told apart. *)
Theorem a_table_finds_the_orders_that_name hash es name :
  StronglySorted lt (look_up hash (table_of hash es) name)
  /\ forall n, In n (look_up hash (table_of hash es) name) <-> In (name, n) es.
Proof.
  induction es as [|[m k] es [S I]]; simpl; [split; [constructor | tauto]|]. rewrite look_up_add. simpl.
  destruct (String.eqb_spec m name) as [-> | D].
  - split; [apply insert_number_sorted, S|]. intros n. rewrite insert_number_in, I. split; intros [H | H]; auto; left; congruence.
  - split; [exact S|]. intros n. rewrite I. split; [auto|]. intros [H | H]; [congruence | exact H].
Qed.

(** "The orders of two name spaces merged, each order once." *)
Fixpoint merged (a : list nat) : list nat -> list nat :=
  fix with_b (b : list nat) : list nat :=
    match a, b with
    | [], _ => b
    | _, [] => a
    | x :: a', y :: b' =>
        match Nat.compare x y with
        | Lt => x :: merged a' b
        | Eq => x :: merged a' b'
        | Gt => y :: with_b b'
        end
    end.

Theorem merging_names_each_order_once a b :
  StronglySorted lt a -> StronglySorted lt b ->
  StronglySorted lt (merged a b) /\ forall n, In n (merged a b) <-> In n a \/ In n b.
Proof.
  revert b. induction a as [|x a IHa]; intros b A B; [destruct b; simpl; split; auto; simpl; tauto|].
  induction b as [|y b IHb]; [simpl; split; [exact A | tauto]|].
  assert (A0 := A). assert (B0 := B). apply StronglySorted_inv in A, B. destruct A as [A Fa], B as [B Fb].
  rewrite Forall_forall in Fa, Fb.
  assert (E : merged (x :: a) (y :: b) = match Nat.compare x y with
    Lt => x :: merged a (y :: b) | Eq => x :: merged a b | Gt => y :: merged (x :: a) b end) by reflexivity.
  rewrite E. clear E. destruct (Nat.compare_spec x y) as [-> | L | G].
  - destruct (IHa b A B) as [S I]. split.
    + constructor; [exact S|]. rewrite Forall_forall. intros n J. apply I in J. destruct J; auto.
    + intros n. simpl. rewrite I. intuition.
  - destruct (IHa (y :: b) A B0) as [S I]. split.
    + constructor; [exact S|]. rewrite Forall_forall. intros n J. apply I in J. destruct J as [J | [<- | J]]; auto.
      specialize (Fb n J). lia.
    + intros n. cbn [In]. rewrite I. cbn [In]. intuition.
  - destruct (IHb B) as [S I]. split.
    + constructor; [exact S|]. rewrite Forall_forall. intros n J. apply I in J. destruct J as [[<- | J] | J]; auto.
      specialize (Fa n J). lia.
    + intros n. cbn [In]. rewrite I. cbn [In]. intuition.
Qed.
