(** Loading with tolerance: a line that is refused hides what wider lines say of its addresses. *)
From Coq Require Import Bool List ZArith Lia String.
From Bailiwick Require Import Regions Addresses Sources Orders Decision TheoremsDecision TheoremsLocation.
Import ListNotations.
Open Scope Z_scope.

(** A line of a file: a row that can be read, or a refused one, of which the addresses are known. *)
Inductive line := Read (r : row) | Refused (s : span).

(** "The addresses of a refused line are read from its bytes and are not located, so that no wider row speaks for them." *)
Definition tolerant (lines : list line) : list row :=
  map (fun l => match l with Read r => r | Refused s => Row s Unknown end) lines.

(** The strict load of the lines that can be read. *)
Definition strict (lines : list line) : list row :=
  flat_map (fun l => match l with Read r => [r] | Refused _ => [] end) lines.

Definition source_of (p : bool) (rs : list row) : source := Source rs false p.

Lemma tolerant_in lines x :
  In x (tolerant lines) <-> In x (strict lines) \/ (row_region x = Unknown /\ In (Refused (row_span x)) lines).
Proof.
  unfold tolerant, strict. rewrite in_map_iff, in_flat_map. split.
  - intros ([r | s] & E & I); subst x; [left; exists (Read r); simpl; auto | right; simpl; auto].
  - intros [(l & I & J) | [U I]].
    + exists l. destruct l; simpl in J; [destruct J as [-> | []]; auto | destruct J].
    + exists (Refused (row_span x)). split; [|exact I]. destruct x as [s r]. simpl in *. congruence.
Qed.

(** Where a tolerant load places an address, the strict load says the same, and no refused line that holds the address is as narrow
    as the row that speaks. *)
Theorem a_tolerant_source_says_no_more p lines a r :
  opinion_of (source_of p (tolerant lines)) a = Says r ->
  (is_special a = true -> lists_own_networks (source_of p (strict lines)) = true) ->
  opinion_of (source_of p (strict lines)) a = Says r
  /\ exists x, In x (strict lines) /\ row_holds a x = true /\ row_region x = r
     /\ forall s, In (Refused s) lines -> holds s a = true -> row_width x < width s.
Proof.
  intros T special.
  destruct (a_source_says_what_its_narrowest_rows_say _ _ _ T) as (K & _ & _).
  assert (O : opinion_of_rows (tolerant lines) a = Says r).
  { unfold opinion_of in T. simpl in T. destruct (_ && _) in T; [discriminate | exact T]. }
  apply unanimous_says in O. destruct O as (_ & some & all).
  assert (N : forall x, In x (narrowest (holding (tolerant lines) a)) -> In x (strict lines)).
  { intros x I. assert (R := all x I). apply narrowest_in in I. destruct I as (I & _). apply tolerant_in in I.
    destruct I as [I | [U _]]; [exact I | congruence]. }
  destruct (narrowest (holding (tolerant lines) a)) as [|w ws] eqn:E; [congruence|].
  assert (W : In w (narrowest (holding (tolerant lines) a))) by (rewrite E; left; auto).
  assert (Ws := N w (or_introl eq_refl)). assert (Wr := all w (or_introl eq_refl)).
  rewrite <- E in N, all. apply narrowest_in in W. destruct W as (_ & H & L).
  split.
  - unfold opinion_of. simpl. destruct (is_special a); [rewrite (special eq_refl)|]; simpl;
    (apply unanimous_says; split; [exact K|]; split).
    + intros none. assert (X : In w (narrowest (holding (strict lines) a))); [|rewrite none in X; destruct X].
      apply narrowest_in. repeat split; auto. intros y J. apply L, tolerant_in. auto.
    + intros x I. apply narrowest_in in I. destruct I as (I & Hx & Lx). apply all, narrowest_in.
      split; [apply tolerant_in; auto|]. split; [exact Hx|]. intros y J Hy. specialize (Lx w Ws H). specialize (L y J Hy). lia.
    + intros none. assert (X : In w (narrowest (holding (strict lines) a))); [|rewrite none in X; destruct X].
      apply narrowest_in. repeat split; auto. intros y J. apply L, tolerant_in. auto.
    + intros x I. apply narrowest_in in I. destruct I as (I & Hx & Lx). apply all, narrowest_in.
      split; [apply tolerant_in; auto|]. split; [exact Hx|]. intros y J Hy. specialize (Lx w Ws H). specialize (L y J Hy). lia.
  - exists w. repeat split; auto. intros s I Hs.
    assert (J : In (Row s Unknown) (tolerant lines)) by (apply tolerant_in; right; auto).
    destruct (Z.lt_ge_cases (row_width w) (width s)) as [G | G]; [exact G|]. exfalso. apply K.
    symmetry. apply (all (Row s Unknown)), narrowest_in. split; [exact J|]. split; [exact Hs|].
    intros y I' Hy. specialize (L y I' Hy). unfold row_width at 1. simpl. lia.
Qed.

(** A file of which every row that can be read is special-purpose space, read with tolerance, is the list of a backend's own networks
    only if the refused lines are, too. *)
Lemma own_lists_stay p lines :
  lists_own_networks (source_of p (tolerant lines)) = true -> lists_own_networks (source_of p (strict lines)) = true.
Proof.
  unfold lists_own_networks. rewrite !andb_true_iff, !forallb_forall. intros [P all]. split; [exact P|].
  intros x I. apply all, tolerant_in. auto.
Qed.

Lemma one_source_locate s a :
  excludes s = false -> locate 1 [s] a = match opinion_of s a with Says r => agreement 1 [Says r] | Disputed => Contested | Silent => Unlocated end.
Proof.
  intros X. unfold locate, excluded, opinions, speaking. simpl. rewrite X. simpl. destruct (opinion_of s a); reflexivity.
Qed.

(** With a tolerant load as the source of an atlas, nobody is blocked who is not blocked with the strict load of the lines that can be
    read. *)
Theorem tolerance_never_blocks_more d p lines q :
  is_blocked (World d 1 [source_of p (tolerant lines)]) q -> is_blocked (World d 1 [source_of p (strict lines)]) q.
Proof.
  intros B. assert (L := B). destruct (block_needs_jurisdiction _ _ L) as [some each].
  destruct (given _) as [|i is]; [congruence|]. destruct (each i (or_introl eq_refl)) as (o & r & _ & _ & _ & _ & P & _).
  unfold location_of in P. simpl in P.
  assert (E : locate 1 [source_of p (strict lines)] (ip q) = locate 1 [source_of p (tolerant lines)] (ip q)).
  { rewrite !one_source_locate in * by reflexivity. destruct (opinion_of (source_of p (tolerant lines)) (ip q)) as [|x|] eqn:T; try discriminate.
    destruct (a_tolerant_source_says_no_more p lines (ip q) x T) as [-> _]; [|reflexivity].
    intros S. unfold opinion_of in T. rewrite S in T. simpl in T. apply own_lists_stay.
    destruct (lists_own_networks (source_of p (tolerant lines))); [reflexivity | discriminate]. }
  unfold is_blocked, decide, location_of in *. simpl in *. rewrite E. exact B.
Qed.

(** * Several sources *)

(** Beside another source this does not hold for refused lines that are not located: one source falls silent where it would have
    disagreed. Here a tolerant source blocks somebody, and the strict load of the lines that can be read does not. *)
Definition us := Country "US"%string.
Definition cn := Country "CN"%string.
Definition wide_row := Row (net4 203 0 113 0 24) us.
Definition refused_line := Refused (net4 203 0 113 0 25).
(** A source that disagrees with the row that can be read. *)
Definition other_source := Source [Row (net4 203 0 113 0 24) cn] false true.

Theorem a_silent_line_can_end_a_disagreement :
  let lines := [Read wide_row; refused_line] in
  let a := Address V4 (3405803783) in
  locate 1 [source_of true (strict lines); other_source] a = Contested
  /\ locate 1 [source_of true (tolerant lines); other_source] a = Located cn.
Proof. vm_compute. auto. Qed.

(** If refused lines contested their addresses instead, tolerance would block no more beside any other sources. *)
Definition contesting (s : source) (refused : list span) (a : address) : opinion :=
  if existsb (fun n => holds n a
                && negb (existsb (fun x => row_holds a x && (row_width x <? width n)) (rows s))) refused
  then Disputed else opinion_of s a.

Lemma contesting_lines_never_block_more min before after s refused a r :
  agreement min (before ++ contesting s refused a :: after) = Located r ->
  agreement min (before ++ opinion_of s a :: after) = Located r.
Proof.
  unfold contesting. destruct (existsb _ refused); [|auto].
  intros L. apply agreement_located in L. destruct L as (N & _). destruct N. apply in_app_iff. right. left. reflexivity.
Qed.
