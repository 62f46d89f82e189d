(** All levels of the blocks in which boundaries are searched, as one search: `reach::boundaries::contains`. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted.
From Bailiwick.Algorithms Require Import Boundaries.
Import ListNotations.
Open Scope Z_scope.

(** Boundaries in blocks of one size, the last one shorter. *)
Fixpoint chunks (fuel size : nat) (l : list Z) : list (list Z) :=
  match fuel, l with
  | O, _ | _, [] => []
  | S fuel, _ => firstn size l :: chunks fuel size (skipn size l)
  end.

Definition blocks_of (size : nat) (l : list Z) : list (list Z) := chunks (length l) size l.

(** "The first boundary of each block is repeated in a block of the level above, up to a single block at the top." The top, and the
    levels below it, downwards. *)
Fixpoint tree (fuel size : nat) (l : list Z) : list Z * list (list (list Z)) :=
  match fuel with
  | O => (l, [])
  | S fuel =>
      if Nat.leb (length l) size then (l, [])
      else let (top, below) := tree fuel size (firsts (blocks_of size l)) in (top, below ++ [blocks_of size l])
  end.

(** One block of each level is read: the one below the last boundary that is reached. *)
Fixpoint descend (size : nat) (reached : nat) (levels : list (list (list Z))) (x : Z) : nat :=
  match levels with
  | [] => reached
  | level :: below => let n := pred reached in descend size (n * size + rank (nth n level []) x) below x
  end.

Definition search_tree (size : nat) (t : list Z * list (list (list Z))) (x : Z) : nat := descend size (rank (fst t) x) (snd t) x.

Lemma chunks_concat fuel size l : (0 < size)%nat -> (length l <= fuel)%nat -> concat (chunks fuel size l) = l.
Proof.
  intros P. revert l. induction fuel as [|fuel IH]; intros l L; destruct l as [|b l]; simpl in *; auto; [lia|].
  rewrite IH.
  - apply (firstn_skipn size (b :: l)).
  - destruct size; [lia|]. simpl. assert (S := skipn_length size l). lia.
Qed.

Lemma chunks_chunked fuel size l : (0 < size)%nat -> chunked size (chunks fuel size l).
Proof.
  intros P. revert l. induction fuel as [|fuel IH]; intros l; destruct l as [|b l]; simpl; auto.
  split; [destruct size; [lia | discriminate]|]. split; [|apply IH].
  intros more. apply firstn_length_le. destruct (le_lt_dec size (length (b :: l))) as [H | H]; [exact H|].
  exfalso. apply more. rewrite skipn_all2 by lia. destruct fuel; reflexivity.
Qed.

Lemma descend_app size reached a b x : descend size reached (a ++ b) x = descend size (descend size reached a x) b x.
Proof. revert reached. induction a as [|level a IH]; intros reached; simpl; auto. Qed.

Lemma firsts_sorted blocks : StronglySorted Z.lt (concat blocks) -> StronglySorted Z.lt (firsts blocks).
Proof.
  induction blocks as [|b blocks IH]; simpl; intros S; [constructor|]. destruct (ascending_app _ _ S) as (Sb & Sr & between).
  destruct b as [|f b]; [apply IH, Sr|]. simpl. constructor; [apply IH, Sr|]. rewrite Forall_forall. intros g I.
  apply between; [left; reflexivity | apply firsts_in, I].
Qed.

(** A search through all levels finds how many boundaries are at or before the address, whatever the number of levels. *)
Theorem searching_all_levels_finds_the_rank fuel size l x :
  (0 < size)%nat -> StronglySorted Z.lt l -> search_tree size (tree fuel size l) x = rank l x.
Proof.
  intros P. revert l. induction fuel as [|fuel IH]; intros l S; [reflexivity|]. simpl.
  destruct (Nat.leb (length l) size); [reflexivity|].
  assert (C : concat (blocks_of size l) = l) by (apply chunks_concat; auto).
  assert (F : StronglySorted Z.lt (firsts (blocks_of size l))) by (apply firsts_sorted; rewrite C; exact S).
  specialize (IH _ F). destruct (tree fuel size (firsts (blocks_of size l))) as [top below].
  unfold search_tree in *. simpl in *. rewrite descend_app, IH. simpl.
  assert (R := searching_a_block_finds_the_rank size (blocks_of size l) x).
  rewrite C in R. apply R; [exact S | apply chunks_chunked, P].
Qed.
