(** Loading with tolerance: a line that is refused hides what wider lines say of its addresses. *)
From Coq Require Import Bool List ZArith Lia String.
From Bailiwick Require Import Regions Addresses Sources Orders Decision TheoremsDecision TheoremsLocation.
Import ListNotations.
Open Scope Z_scope.

(** A line of a file: a row that can be read, or a refused one, of which the addresses are known. *)
Inductive line := Read (r : row) | Refused (s : span).

(** The addresses of a refused line "are not located, so that no wider row speaks for them". *)
Definition tolerant (lines : list line) : list row :=
  map (fun l => match l with Read r => r | Refused s => Row s Unknown end) lines.

(** The strict load of the lines that can be read. *)
Definition strict (lines : list line) : list row :=
  flat_map (fun l => match l with Read r => [r] | Refused _ => [] end) lines.

(** Rows as a source that locates. *)
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

(** A file as a source: its lines, whether it excludes, and whether its format is one that providers publish. *)
Record load := Load { lines_of : list line; load_excludes : bool; load_published : bool }.
Definition tolerant_source (l : load) : source := Source (tolerant (lines_of l)) (load_excludes l) (load_published l).
Definition strict_source (l : load) : source := Source (strict (lines_of l)) (load_excludes l) (load_published l).

(** "It is read strictly, as a line lost there blocks somebody": a list that excludes has no refused line. *)
Definition exclusions_are_whole (loads : list load) : Prop :=
  forall l s, In l loads -> load_excludes l = true -> ~ In (Refused s) (lines_of l).

Lemma whole_is_strict lines : (forall s, ~ In (Refused s) lines) -> tolerant lines = strict lines.
Proof.
  induction lines as [|[r | s] rest IH]; intros whole; [reflexivity | |].
  - simpl. rewrite <- IH; [reflexivity|]. intros s I. apply (whole s). right. exact I.
  - destruct (whole s). left. reflexivity.
Qed.

Lemma loads_exclude_alike loads a :
  exclusions_are_whole loads -> excluded (map tolerant_source loads) a = excluded (map strict_source loads) a.
Proof.
  unfold excluded. induction loads as [|l rest IH]; intros whole; [reflexivity|]. simpl. rewrite IH.
  - destruct (load_excludes l) eqn:X; [|reflexivity]. rewrite whole_is_strict; [reflexivity|].
    intros s. apply (whole l s); [left; reflexivity | exact X].
  - intros m s I. apply whole. right. exact I.
Qed.

Lemma placing_load l a r : opinion_of (tolerant_source l) a = Says r -> opinion_of (strict_source l) a = Says r.
Proof.
  intros T. apply (a_tolerant_source_says_no_more (load_published l) (lines_of l) a r T). intros S. apply own_lists_stay.
  unfold opinion_of in T. rewrite S in T. fold (tolerant_source l) in *.
  change (lists_own_networks (source_of (load_published l) (tolerant (lines_of l)))) with (lists_own_networks (tolerant_source l)).
  destruct (lists_own_networks (tolerant_source l)); [reflexivity | discriminate].
Qed.

(** Where each source that refused a line still places an address, the location is that of the strict loads of the lines that can be
    read, whatever other sources there are, and however many must place it. *)
Theorem where_tolerant_sources_place_tolerance_changes_nothing min loads a :
  exclusions_are_whole loads ->
  (forall l s, In l loads -> In (Refused s) (lines_of l) -> exists r, opinion_of (tolerant_source l) a = Says r) ->
  locate min (map tolerant_source loads) a = locate min (map strict_source loads) a.
Proof.
  intros whole places. unfold locate. rewrite (loads_exclude_alike loads a whole). destruct (excluded _ a); [reflexivity|].
  f_equal. unfold opinions, speaking. clear whole. induction loads as [|l rest IH]; [reflexivity|]. simpl.
  assert (same : opinion_of (tolerant_source l) a = opinion_of (strict_source l) a).
  { destruct (existsb (fun x => match x with Refused _ => true | Read _ => false end) (lines_of l)) eqn:E.
    - apply existsb_exists in E. destruct E as ([r | s] & I & E); [discriminate|].
      destruct (places l s (or_introl eq_refl) I) as (r & P). rewrite P. symmetry. apply placing_load, P.
    - unfold tolerant_source, strict_source. rewrite whole_is_strict; [reflexivity|]. intros s I.
      apply not_true_iff_false in E. apply E, existsb_exists. exists (Refused s). auto. }
  destruct (load_excludes l); simpl; rewrite IH, ?same; auto; intros m s I; apply places; right; exact I.
Qed.

(** Sources that all place an address leave no room for one that does not. *)
Lemma all_place ss a :
  (List.length (speaking ss) <= List.length (placing (opinions ss a)))%nat ->
  forall s, In s ss -> excludes s = false -> exists r, opinion_of s a = Says r.
Proof.
  unfold opinions. intros L s I X.
  assert (J : In s (speaking ss)) by (apply filter_In; rewrite X; auto). clear I X.
  assert (most : forall l : list source, (List.length (placing (map (fun s => opinion_of s a) l)) <= List.length l)%nat).
  { induction l as [|t l IH]; [apply Nat.le_refl|]. unfold placing in *. simpl. rewrite app_length. destruct (opinion_of t a); simpl; lia. }
  induction (speaking ss) as [|t l IH]; [destruct J|]. specialize (most l). unfold placing in *. simpl in L. rewrite app_length in L.
  destruct J as [<- | J].
  - destruct (opinion_of t a) as [|r|]; simpl in L; [lia | eauto | lia].
  - apply IH; [destruct (opinion_of t a); simpl in L; lia | exact J].
Qed.

(** With tolerant loads as sources nobody is blocked who is not blocked with the strict loads of the lines that can be read, when all
    sources that locate must place an address: with one such source, or with `min_sources` of all of them. Lists that exclude, which
    are never read with tolerance, may be beside them. *)
Theorem tolerance_never_blocks_more d min loads q :
  exclusions_are_whole loads ->
  (List.length (filter (fun l => negb (load_excludes l)) loads) <= min)%nat ->
  is_blocked (World d min (map tolerant_source loads)) q -> is_blocked (World d min (map strict_source loads)) q.
Proof.
  intros whole all B. assert (L := B). destruct (block_needs_jurisdiction _ _ L) as [some each].
  destruct (given _) as [|i is]; [congruence|]. destruct (each i (or_introl eq_refl)) as (o & r & _ & _ & _ & _ & P & _).
  unfold location_of in P. simpl in P. unfold is_blocked, decide, location_of in *. simpl in *.
  rewrite <- (where_tolerant_sources_place_tolerance_changes_nothing min loads (ip q) whole); [exact B|].
  intros l s I J. destruct (a_located_address_is_where_sources_agree _ _ _ _ P) as (_ & _ & _ & M).
  apply (all_place (map tolerant_source loads)); [|apply in_map, I|].
  - eapply Nat.le_trans; [|exact M]. eapply Nat.le_trans; [|exact all]. unfold speaking.
    clear. induction loads as [|l rest IH]; [apply Nat.le_refl|]. simpl. destruct (load_excludes l); simpl; lia.
  - simpl. destruct (load_excludes l) eqn:X; [|reflexivity]. destruct (whole l s I X J).
Qed.

(** * Several sources *)

(** Where fewer sources than there are must place an address, this does not hold: one source falls silent where it would have
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
