(** Sets of addresses as ascending boundaries, searched block by block: `reach::boundaries`. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted.
Import ListNotations.
Open Scope Z_scope.

(** The number of boundaries at or before an address. *)
Definition rank (bs : list Z) (x : Z) : nat := length (filter (fun b => b <=? x) bs).

(** Ranges that ascend and do not touch, both ends included. *)
Definition spans := list (Z * Z).
Fixpoint apart_from (low : Z) (ss : spans) : Prop :=
  match ss with [] => True | (f, l) :: rest => low < f /\ f <= l /\ apart_from (l + 1) rest end.

Definition member (ss : spans) (x : Z) : bool := existsb (fun s => (fst s <=? x) && (x <=? snd s)) ss.

(** "Addresses before the first are outside, those from there to the second inside, and so on." *)
Definition boundaries (ss : spans) : list Z := flat_map (fun s => [fst s; snd s + 1]) ss.

Lemma boundaries_above low ss x : apart_from low ss -> x <= low -> rank (boundaries ss) x = 0%nat /\ member ss x = false.
Proof.
  revert low. induction ss as [|[f l] rest IH]; intros low A L; [auto|]. simpl in A. destruct A as (F & E & A).
  destruct (IH (l + 1) A) as [R M]; [lia|]. unfold rank, member in *. simpl.
  replace (f <=? x) with false by (symmetry; apply Z.leb_gt; lia).
  replace (l + 1 <=? x) with false by (symmetry; apply Z.leb_gt; lia). auto.
Qed.

(** An address is in the set exactly when an odd number of boundaries is at or before it. *)
Theorem an_odd_rank_means_inside low ss x : apart_from low ss -> Nat.odd (rank (boundaries ss) x) = member ss x.
Proof.
  revert low. induction ss as [|[f l] rest IH]; intros low A; [reflexivity|]. simpl in A. destruct A as (F & E & A).
  destruct (Z.le_gt_cases (l + 1) x) as [G | G].
  - specialize (IH (l + 1) A). unfold rank, member in *. simpl.
    replace (f <=? x) with true by (symmetry; apply Z.leb_le; lia).
    replace (l + 1 <=? x) with true by (symmetry; apply Z.leb_le; lia).
    replace (x <=? l) with false by (symmetry; apply Z.leb_gt; lia). exact IH.
  - destruct (boundaries_above (l + 1) rest x A) as [R M]; [lia|]. unfold rank, member in *. simpl. rewrite M.
    replace (l + 1 <=? x) with false by (symmetry; apply Z.leb_gt; lia).
    replace (x <=? l) with true by (symmetry; apply Z.leb_le; lia).
    destruct (f <=? x); simpl; rewrite R; reflexivity.
Qed.

(** * Blocks *)

(** The index of the last block whose first boundary is at or before the address, or of the first one. *)
Definition block_of (firsts : list Z) (x : Z) : nat := pred (rank firsts x).

(** A level below: the boundaries of the blocks before the one that is found, and the rank in it. All blocks but the last are full. *)
Definition search (size : nat) (firsts : list Z) (blocks : list (list Z)) (x : Z) : nat :=
  let n := block_of firsts x in (n * size + rank (nth n blocks []) x)%nat.

Lemma rank_app a b x : rank (a ++ b) x = (rank a x + rank b x)%nat.
Proof. unfold rank. rewrite filter_app, app_length. reflexivity. Qed.

Lemma rank_all bs x : (forall b, In b bs -> b <= x) -> rank bs x = length bs.
Proof.
  unfold rank. induction bs as [|b bs IH]; intros all; [reflexivity|]. simpl.
  replace (b <=? x) with true by (symmetry; apply Z.leb_le, all; left; reflexivity). simpl. f_equal.
  apply IH. intros c I. apply all. right. exact I.
Qed.

Lemma rank_none bs x : (forall b, In b bs -> x < b) -> rank bs x = 0%nat.
Proof.
  unfold rank. induction bs as [|b bs IH]; intros none; [reflexivity|]. simpl.
  replace (b <=? x) with false by (symmetry; apply Z.leb_gt, none; left; reflexivity).
  apply IH. intros c I. apply none. right. exact I.
Qed.

(** Blocks that ascend, each with a first boundary, all of one size but the last. *)
Fixpoint chunked (size : nat) (blocks : list (list Z)) : Prop :=
  match blocks with
  | [] => True
  | block :: rest => block <> [] /\ (rest <> [] -> length block = size) /\ chunked size rest
  end.

Definition firsts (blocks : list (list Z)) : list Z := flat_map (fun b => match b with [] => [] | x :: _ => [x] end) blocks.

Lemma ascending_app a b :
  StronglySorted Z.lt (a ++ b) ->
  StronglySorted Z.lt a /\ StronglySorted Z.lt b /\ forall x y, In x a -> In y b -> x < y.
Proof.
  induction a as [|x a IH]; simpl; intros S; [repeat split; [constructor | exact S | intros x y []]|].
  apply StronglySorted_inv in S. destruct S as [S F]. destruct (IH S) as (A & B & C). rewrite Forall_forall in F.
  repeat split; auto.
  - constructor; [exact A|]. rewrite Forall_forall. intros y I. apply F, in_app_iff. auto.
  - intros u v [<- | I] J; [apply F, in_app_iff; auto | apply C; auto].
Qed.

Lemma firsts_in blocks f : In f (firsts blocks) -> In f (concat blocks).
Proof.
  unfold firsts. rewrite in_flat_map, in_concat. intros (b & I & J). exists b. split; [exact I|].
  destruct b as [|x b]; [destruct J|]. destruct J as [<- | []]. left. reflexivity.
Qed.

(** Reading one block of the level below finds the rank among all boundaries. *)
Theorem searching_a_block_finds_the_rank size blocks x :
  StronglySorted Z.lt (concat blocks) -> chunked size blocks ->
  search size (firsts blocks) blocks x = rank (concat blocks) x.
Proof.
  unfold search, block_of. cbv zeta. induction blocks as [|block rest IH]; [reflexivity|]. simpl concat. intros Sall C.
  destruct C as (N & L & C). destruct block as [|f block]; [congruence|]. clear N.
  destruct (ascending_app _ _ Sall) as (Sb & Sr & between). rewrite rank_app.
  assert (Fs : firsts ((f :: block) :: rest) = f :: firsts rest) by reflexivity. rewrite Fs.
  destruct (rank (firsts rest) x) as [|n] eqn:R.
  - assert (P : pred (rank (f :: firsts rest) x) = 0%nat).
    { unfold rank in *. simpl. destruct (f <=? x); simpl; rewrite R; reflexivity. }
    rewrite P. simpl nth.
    assert (Z : rank (concat rest) x = 0%nat).
    { specialize (IH Sr C). simpl in IH. rewrite <- IH. destruct rest as [|[|g block'] rest']; [reflexivity | |].
      - destruct C as (N & _). congruence.
      - simpl nth. destruct (ascending_app _ _ Sr) as (Sg & _ & _). apply StronglySorted_inv in Sg. destruct Sg as [_ G].
        rewrite Forall_forall in G.
        assert (X : x < g).
        { unfold rank, firsts in R. simpl in R. destruct (g <=? x) eqn:E; [discriminate | apply Z.leb_gt, E]. }
        apply rank_none. intros b [<- | I]; [exact X | specialize (G b I); lia]. }
    rewrite Z. lia.
  - assert (some : exists g, In g (firsts rest) /\ g <= x).
    { unfold rank in R. destruct (filter (fun b => b <=? x) (firsts rest)) as [|g gs] eqn:E; [discriminate|]. exists g.
      assert (I : In g (filter (fun b => b <=? x) (firsts rest))) by (rewrite E; left; auto).
      apply filter_In in I. rewrite Z.leb_le in I. exact I. }
    destruct some as (g & I & G). apply firsts_in in I.
    assert (all : forall b, In b (f :: block) -> b <= x) by (intros b J; specialize (between b g J I); lia).
    assert (P : rank (f :: firsts rest) x = S (S n)).
    { unfold rank in *. simpl. replace (f <=? x) with true by (symmetry; apply Z.leb_le, all; left; auto). simpl. rewrite R. reflexivity. }
    rewrite P. specialize (IH Sr C). simpl pred in *. simpl nth. rewrite <- IH, (rank_all _ _ all), L; [lia|].
    intros E. rewrite E in I. destruct I.
Qed.
