(** Splitting a network or a range in two changes nothing. *)
From Coq Require Import Bool List ZArith String Lia.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsDecision TheoremsLocation TheoremsWorld.
Import ListNotations.
Open Scope Z_scope.

(** A range and the two that it is split into, as they are read: all three of one family. A part of an IPv6 range that is wholly inside
    `::ffff:0:0/96` is read as IPv4, so that the whole must be, too (see [a_part_in_the_mapped_block_is_v4]). *)
Record split (s lower upper : span) : Prop := {
  split_families : span_family (read_span lower) = span_family (read_span s) /\ span_family (read_span upper) = span_family (read_span s);
  split_ends : first (read_span lower) = first (read_span s) /\ last (read_span upper) = last (read_span s);
  split_middle : first (read_span s) <= last (read_span lower) < last (read_span s)
                 /\ first (read_span upper) = last (read_span lower) + 1
}.

(** A mapped range is split into mapped ones. *)
Lemma mapped_ranges_split f m l :
  0 <= f <= m -> m < l < 2 ^ 32 ->
  split (Span V6 (mapped_first + f) (mapped_first + l))
    (Span V6 (mapped_first + f) (mapped_first + m)) (Span V6 (mapped_first + m + 1) (mapped_first + l)).
Proof.
  intros F L. destruct mapped_block as (M & P & _). rewrite P in *.
  assert (R : forall a b, 0 <= a -> b < 4294967296 -> read_span (Span V6 (mapped_first + a) (mapped_first + b)) = Span V4 a b).
  { intros a b A B. unfold read_span.
    replace (mapped_first <=? mapped_first + a) with true by (symmetry; apply Z.leb_le; lia).
    replace (mapped_first + b <=? mapped_last) with true by (symmetry; apply Z.leb_le; lia).
    simpl. f_equal; lia. }
  rewrite <- Z.add_assoc. constructor; rewrite !R by lia; simpl; auto; lia.
Qed.

Lemma split_holds s lower upper a : split s lower upper -> holds s a = holds lower a || holds upper a.
Proof.
  intros [(Fl & Fu) (F & L) (M & N)]. apply eq_true_iff_eq. rewrite orb_true_iff, !holds_iff, Fl, Fu, F, L, N. split.
  - intros (E & A & B). destruct (Z.le_gt_cases (number (canonical a)) (last (read_span lower))); [left | right]; repeat split; auto; lia.
  - intros [(E & A & B) | (E & A & B)]; repeat split; auto; lia.
Qed.

Lemma split_some_holds s lower upper before after a :
  split s lower upper -> some_holds (before ++ s :: after) a = some_holds (before ++ lower :: upper :: after) a.
Proof.
  intros S. unfold some_holds. rewrite !existsb_app. simpl. rewrite (split_holds _ _ _ a S), <- orb_assoc. reflexivity.
Qed.

(** Two orders of one id that are in force, name, reach and cover alike. *)
Lemma replacing_by_an_equal_order w before o o' after q :
  id o = id o' -> issued_by o = issued_by o' ->
  in_force o (at_time q) = in_force o' (at_time q) -> names o q = names o' q ->
  (forall l a, reaches (groups (docket_of w)) o l a = reaches (groups (docket_of w)) o' l a) ->
  decide (rule_with w (before ++ o :: after)) q = decide (rule_with w (before ++ o' :: after)) q.
Proof.
  intros I J F N R. unfold decide, location_of. simpl.
  assert (C : issuer_covers (groups (docket_of w)) o (home q) = issuer_covers (groups (docket_of w)) o' (home q)).
  { unfold issuer_covers, jurisdiction. rewrite J. reflexivity. }
  unfold decide_at, ids, domestics, reaching, named. simpl. rewrite !filter_app. simpl. rewrite F, N.
  destruct (in_force o' (at_time q) && names o' q); simpl; [rewrite R, C|reflexivity].
  destruct (reaches (groups (docket_of w)) o' (locate (min_sources w) (sources w) (ip q)) (ip q)),
    (issuer_covers (groups (docket_of w)) o' (home q)); rewrite ?map_app; simpl; rewrite I; reflexivity.
Qed.

Definition with_networks (o : order) (ns : list span) : order :=
  Order (id o) (issued_by o) (order_status o) (effective o) (expires o) (meetings o) (accounts o) (regions o) ns (exempt o).
Definition with_exempt (o : order) (ns : list span) : order :=
  Order (id o) (issued_by o) (order_status o) (effective o) (expires o) (meetings o) (accounts o) (regions o) (networks o) ns.

Theorem splitting_a_network_changes_nothing w before o after nets s lower upper nets' q :
  split s lower upper ->
  decide (rule_with w (before ++ with_networks o (nets ++ s :: nets') :: after)) q
  = decide (rule_with w (before ++ with_networks o (nets ++ lower :: upper :: nets') :: after)) q.
Proof.
  intros S. apply replacing_by_an_equal_order; auto. intros l a. destruct l as [r| |]; auto. simpl. f_equal. f_equal.
  unfold networks_admit. simpl.
  assert (E := split_some_holds s lower upper nets nets' a S). destruct nets; exact E.
Qed.

Theorem splitting_an_exemption_changes_nothing w before o after nets s lower upper nets' q :
  split s lower upper ->
  decide (rule_with w (before ++ with_exempt o (nets ++ s :: nets') :: after)) q
  = decide (rule_with w (before ++ with_exempt o (nets ++ lower :: upper :: nets') :: after)) q.
Proof.
  intros S. apply replacing_by_an_equal_order; auto. intros l a. destruct l as [r| |]; auto. simpl. f_equal. f_equal.
  apply split_some_holds, S.
Qed.

(** * Ranges of sources *)

(** Special-purpose networks neither overlap nor touch, so that both parts of a range are in them exactly when the range is. *)
Definition apart (n m : span) : bool :=
  negb (family_eqb (span_family n) (span_family m))
  || ((first n =? first m) && (last n =? last m)) || (last n + 1 <? first m) || (last m + 1 <? first n).

Definition same_ends (n m : span) : bool :=
  family_eqb (span_family n) (span_family m) && (first n =? first m) && (last n =? last m).

Lemma special_networks_are_apart :
  forallb (fun n => forallb (apart n) special_networks && same_ends (read_span n) n) special_networks = true.
Proof. vm_compute. reflexivity. Qed.

Lemma split_special s lower upper :
  split s lower upper -> lies_in_special s = lies_in_special lower && lies_in_special upper.
Proof.
  intros [(Fl & Fu) (F & L) (M & N)]. apply eq_true_iff_eq.
  assert (A := special_networks_are_apart). rewrite forallb_forall in A.
  assert (as_written : forall n, In n special_networks ->
    span_family (read_span n) = span_family n /\ first (read_span n) = first n /\ last (read_span n) = last n).
  { intros n I. specialize (A n I). unfold same_ends in A. rewrite !andb_true_iff, !Z.eqb_eq, family_eqb_eq in A. tauto. }
  unfold lies_in_special. rewrite andb_true_iff, !existsb_exists. unfold within. rewrite Fl, Fu, F, L, N. split.
  - intros (n & I & W). rewrite !andb_true_iff, !Z.leb_le in W.
    split; exists n; rewrite !andb_true_iff, !Z.leb_le; intuition lia.
  - intros [(n & I & W) (m & J & V)]. rewrite !andb_true_iff, !Z.leb_le, !family_eqb_eq in W, V.
    destruct (as_written n I) as (Nf & Na & Nb). destruct (as_written m J) as (Mf & Ma & Mb).
    rewrite Nf, Na, Nb in W. rewrite Mf, Ma, Mb in V.
    exists n. split; auto. rewrite !andb_true_iff, !Z.leb_le, !family_eqb_eq, Nf, Na, Nb.
    assert (B := A n I). apply andb_true_iff in B. destruct B as [B _].
    rewrite forallb_forall in B. specialize (B m J). unfold apart in B.
    rewrite !orb_true_iff, !andb_true_iff, negb_true_iff, !Z.eqb_eq, !Z.ltb_lt in B.
    destruct W as [[Wf Wa] Wb], V as [[Vf Va] Vb]. destruct B as [[[B | B] | B] | B].
    + exfalso. apply not_true_iff_false in B. apply B, family_eqb_eq. congruence.
    + repeat split; auto; lia.
    + lia.
    + lia.
Qed.

Definition with_rows (s : source) (rs : list row) : source := Source rs (excludes s) (published s).

(** "Of a source's range that no other range of that source overlaps." *)
Theorem splitting_a_range_changes_nothing w before src after rs s lower upper r rs' q :
  split s lower upper ->
  (forall x a, In x (rs ++ rs') -> holds s a = true -> row_holds a x = false) ->
  sources w = before ++ with_rows src (rs ++ Row s r :: rs') :: after ->
  decide w q
  = decide (World (docket_of w) (min_sources w)
                  (before ++ with_rows src (rs ++ Row lower r :: Row upper r :: rs') :: after)) q.
Proof.
  intros S alone E. unfold decide, location_of. simpl. f_equal. rewrite E. clear E.
  assert (H := fun a => split_holds s lower upper a S).
  assert (X : forall a, existsb (row_holds a) (rs ++ Row s r :: rs') = existsb (row_holds a) (rs ++ Row lower r :: Row upper r :: rs')).
  { intros a. rewrite !existsb_app. simpl.
    assert (row_of : forall n, row_holds a (Row n r) = holds n a) by reflexivity. rewrite !row_of, H, <- orb_assoc. reflexivity. }
  assert (O : forall a, opinion_of (with_rows src (rs ++ Row s r :: rs')) a
                      = opinion_of (with_rows src (rs ++ Row lower r :: Row upper r :: rs')) a).
  { intros a. unfold opinion_of.
    assert (own : lists_own_networks (with_rows src (rs ++ Row s r :: rs'))
                = lists_own_networks (with_rows src (rs ++ Row lower r :: Row upper r :: rs'))).
    { unfold lists_own_networks. simpl. rewrite !forallb_app. simpl. rewrite (split_special _ _ _ S), <- (andb_assoc (lies_in_special lower)). reflexivity. }
    rewrite own. destruct (_ && _); auto. unfold opinion_of_rows, holding. simpl. rewrite !filter_app. simpl.
    assert (row_of : forall n, row_holds a (Row n r) = holds n a) by reflexivity. rewrite !row_of, H.
    destruct (holds lower a || holds upper a) eqn:B.
    - assert (none : forall l, (forall x, In x l -> In x (rs ++ rs')) -> filter (row_holds a) l = []).
      { intros l inside. induction l as [|x l IH]; auto. simpl. rewrite (alone x a).
        - apply IH. intros y I. apply inside. right. exact I.
        - apply inside. left. reflexivity.
        - rewrite H. exact B. }
      rewrite (none rs), (none rs') by (intros x I; apply in_app_iff; auto). simpl.
      unfold narrowest, unanimous. simpl. rewrite !Z.leb_refl. simpl.
      destruct (holds lower a) eqn:Bl, (holds upper a) eqn:Bu; simpl in *; rewrite ?Z.leb_refl; simpl; try discriminate; auto.
      exfalso. destruct S as [(Fl & Fu) (F & L) (M & N)]. rewrite holds_iff in Bl, Bu. lia.
    - apply orb_false_iff in B. destruct B as [-> ->]. reflexivity. }
  unfold locate, excluded, opinions, speaking. rewrite !existsb_app. simpl. rewrite X.
  destruct (_ || _); auto. f_equal. rewrite !filter_app, !map_app. simpl. destruct (excludes src); simpl; auto.
  rewrite O. reflexivity.
Qed.

(** The part of `::/0` that is `::ffff:0:0/96` holds IPv4 addresses, and `::/0` does not. *)
Theorem a_part_in_the_mapped_block_is_v4 :
  holds (Span V6 0 (2 ^ 128 - 1)) (Address V4 0) = false /\ holds (Span V6 mapped_first mapped_last) (Address V4 0) = true.
Proof. vm_compute. auto. Qed.
