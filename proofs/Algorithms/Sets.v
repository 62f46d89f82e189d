(** Sets of addresses as ascending ranges: `net::address::normalize`, and union, difference and intersection of `net::set`. *)
From Coq Require Import Bool List ZArith Lia.
From Bailiwick.Algorithms Require Import Boundaries.
Import ListNotations.
Open Scope Z_scope.

Definition in_span (s : Z * Z) (x : Z) : bool := (fst s <=? x) && (x <=? snd s).

Lemma in_span_iff s x : in_span s x = true <-> fst s <= x <= snd s.
Proof. unfold in_span. rewrite andb_true_iff, !Z.leb_le. tauto. Qed.

Lemma member_iff ss x : member ss x = true <-> exists s, In s ss /\ fst s <= x <= snd s.
Proof.
  unfold member. rewrite existsb_exists. split; intros (s & I & H); exists s; (split; [exact I|]); apply in_span_iff, H.
Qed.

Lemma member_app a b x : member (a ++ b) x = member a x || member b x.
Proof. apply existsb_app. Qed.

(** Ranges with their ends in sequence. *)
Definition ordered (ss : spans) : Prop := forall s, In s ss -> fst s <= snd s.

(** * Ranges in any sequence *)

Fixpoint insert_span (s : Z * Z) (ss : spans) : spans :=
  match ss with
  | [] => [s]
  | t :: rest => if fst s <=? fst t then s :: ss else t :: insert_span s rest
  end.
Definition sorted_spans (ss : spans) : spans := fold_right insert_span [] ss.

(** "Joins those that overlap or touch." *)
Fixpoint joined (before : Z * Z) (rest : spans) : spans :=
  match rest with
  | [] => [before]
  | s :: rest =>
      if fst s <=? snd before + 1 then joined (fst before, Z.max (snd before) (snd s)) rest
      else before :: joined s rest
  end.

Definition normalized (ss : spans) : spans :=
  match sorted_spans ss with [] => [] | s :: rest => joined s rest end.

Lemma insert_span_in s t ss : In t (insert_span s ss) <-> t = s \/ In t ss.
Proof.
  induction ss as [|u ss IH]; simpl; [intuition|]. destruct (fst s <=? fst u); simpl; [intuition|]. rewrite IH. intuition.
Qed.

Lemma sorted_spans_in t ss : In t (sorted_spans ss) <-> In t ss.
Proof. induction ss as [|s ss IH]; simpl; [tauto|]. rewrite insert_span_in, IH. intuition. Qed.

Fixpoint ascending_from (low : Z) (ss : spans) : Prop :=
  match ss with [] => True | s :: rest => low <= fst s /\ ascending_from (fst s) rest end.

Lemma ascending_from_weaker low low' ss : low' <= low -> ascending_from low ss -> ascending_from low' ss.
Proof. destruct ss; simpl; [auto|]. intros L [A B]. split; [lia | exact B]. Qed.

Lemma insert_span_ascending low s ss : low <= fst s -> ascending_from low ss -> ascending_from low (insert_span s ss).
Proof.
  revert low. induction ss as [|t ss IH]; simpl; intros low L A; [auto|]. destruct A as [T A].
  destruct (Z.leb_spec (fst s) (fst t)); simpl; [auto|]. split; [exact T|]. apply IH; [lia | exact A].
Qed.

Lemma sorted_spans_ascending low ss : (forall s, In s ss -> low <= fst s) -> ascending_from low (sorted_spans ss).
Proof.
  induction ss as [|s ss IH]; simpl; intros L; [exact I|]. apply insert_span_ascending; [apply L; auto | apply IH; auto].
Qed.

Lemma joined_member before rest x :
  fst before <= snd before -> ordered rest -> ascending_from (fst before) rest ->
  member (joined before rest) x = in_span before x || member rest x.
Proof.
  revert before. induction rest as [|s rest IH]; intros before B O A; [reflexivity|]. simpl in A. destruct A as [F A].
  assert (Os : fst s <= snd s) by (apply O; left; auto).
  assert (Or : ordered rest) by (intros t I; apply O; right; auto).
  simpl. destruct (Z.leb_spec (fst s) (snd before + 1)).
  - rewrite IH; [| simpl; lia | exact Or | simpl; eapply ascending_from_weaker; [exact F | exact A]].
    fold (in_span s x). fold (member rest x). rewrite orb_assoc. f_equal. apply eq_true_iff_eq.
    rewrite orb_true_iff, !in_span_iff. simpl. lia.
  - simpl. fold (member (joined s rest) x). rewrite IH by auto. reflexivity.
Qed.

Lemma joined_apart low before rest :
  low < fst before -> fst before <= snd before -> ordered rest -> ascending_from (fst before) rest -> apart_from low (joined before rest).
Proof.
  revert low before. induction rest as [|s rest IH]; intros low [bf bl] L B O A; simpl in *; [auto|]. destruct A as [F A].
  assert (Os : fst s <= snd s) by (apply O; left; auto).
  assert (Or : ordered rest) by (intros t I; apply O; right; auto).
  destruct (Z.leb_spec (fst s) (bl + 1)).
  - apply IH; simpl; auto; [lia | eapply ascending_from_weaker; [exact F | exact A]].
  - simpl. split; [exact L|]. split; [exact B|]. apply IH; auto; lia.
Qed.

(** The ranges of a set hold the addresses that those it was made of hold. *)
Theorem normalizing_changes_no_address ss x : ordered ss -> member (normalized ss) x = member ss x.
Proof.
  intros O. unfold normalized.
  assert (M : member (sorted_spans ss) x = member ss x).
  { apply eq_true_iff_eq. rewrite !member_iff. split; intros (s & I & H); exists s; (split; [apply sorted_spans_in, I | exact H]). }
  rewrite <- M. destruct (sorted_spans ss) as [|s rest] eqn:E; [reflexivity|].
  assert (O' : ordered (s :: rest)) by (intros t I; apply O, sorted_spans_in; rewrite E; exact I).
  assert (low : exists low, forall t, In t ss -> low <= fst t).
  { clear. induction ss as [|t ss (low & H)]; [exists 0; intros t []|]. exists (Z.min low (fst t)).
    intros u [<- | I]; [lia | specialize (H u I); lia]. }
  destruct low as (low & L). assert (A := sorted_spans_ascending low ss L). rewrite E in A. destruct A as [_ A].
  rewrite joined_member; [reflexivity | apply O'; left; auto | intros t I; apply O'; right; exact I | exact A].
Qed.

(** They ascend, and neither overlap nor touch. *)
Theorem normalized_ranges_are_apart low ss : ordered ss -> (forall s, In s ss -> low < fst s) -> apart_from low (normalized ss).
Proof.
  intros O L. unfold normalized. destruct (sorted_spans ss) as [|s rest] eqn:E; [exact I|].
  assert (In' : forall t, In t (s :: rest) -> In t ss) by (intros t I; apply sorted_spans_in; rewrite E; exact I).
  assert (A := sorted_spans_ascending (low + 1) ss). rewrite E in A.
  destruct A as [_ A]; [intros t I; specialize (L t I); lia|].
  apply joined_apart; [apply L, In'; left; auto | apply O, In'; left; auto | intros t I; apply O, In'; right; exact I | exact A].
Qed.

(** * Difference *)

Definition piece (from last : Z) : spans := if from <=? last then [(from, last)] else [].

(** What cuts leave of a range from an address on, and the cuts that may matter to the next range. *)
Fixpoint minus_span (from last : Z) (less : spans) : spans * spans :=
  match less with
  | [] => (piece from last, [])
  | (cut_first, cut_last) :: more =>
      if last <? cut_first then (piece from last, less)
      else
        let left := piece from (cut_first - 1) in
        let from' := Z.max (cut_last + 1) from in
        if last <? cut_last then (left ++ piece from' last, less)
        else let (rest, less') := minus_span from' last more in (left ++ rest, less')
  end.

Fixpoint minus (from less : spans) : spans :=
  match from with
  | [] => []
  | (f, l) :: rest => let (left, less') := minus_span f l less in left ++ minus rest less'
  end.

Lemma piece_member from last x : member (piece from last) x = (from <=? x) && (x <=? last).
Proof.
  unfold piece. destruct (Z.leb_spec from last); [unfold member; simpl; apply orb_false_r|].
  symmetry. apply not_true_iff_false. rewrite andb_true_iff, !Z.leb_le. lia.
Qed.

Lemma apart_member_above low ss x : apart_from low ss -> x <= low -> member ss x = false.
Proof. intros A L. apply (boundaries_above low ss x A L). Qed.

Lemma apart_weaker low low' ss : low' <= low -> apart_from low ss -> apart_from low' ss.
Proof. destruct ss as [|[f l] rest]; simpl; [auto|]. intros L (A & B). split; [lia | exact B]. Qed.

Lemma minus_span_is low from last less :
  apart_from low less ->
  (forall x, member (fst (minus_span from last less)) x = (from <=? x) && (x <=? last) && negb (member less x))
  /\ (forall x, last < x -> member (snd (minus_span from last less)) x = member less x)
  /\ apart_from low (snd (minus_span from last less)).
Proof.
  revert low from. induction less as [|[cf cl] more IH]; intros low from A.
  - simpl. split; [|auto]. intros x. rewrite piece_member, andb_true_r. reflexivity.
  - simpl in A. destruct A as (L & C & A). simpl minus_span. destruct (Z.ltb_spec last cf) as [G | G].
    + split; [|simpl; auto]. intros x. simpl fst. rewrite piece_member. destruct (Z.leb_spec from x), (Z.leb_spec x last); auto. simpl.
      replace (cf <=? x) with false by (symmetry; apply Z.leb_gt; lia). simpl.
      fold (member more x). rewrite (apart_member_above (cl + 1) more x A) by lia. reflexivity.
    + destruct (Z.ltb_spec last cl) as [H | H].
      * split; [|simpl; auto]. intros x. simpl fst. rewrite member_app, !piece_member. simpl. fold (member more x).
        destruct (Z.leb_spec from x), (Z.leb_spec x last), (Z.leb_spec x (cf - 1)), (Z.leb_spec cf x), (Z.leb_spec x cl),
          (Z.leb_spec (Z.max (cl + 1) from) x); simpl; try lia; try reflexivity;
          rewrite (apart_member_above (cl + 1) more x A) by lia; reflexivity.
      * specialize (IH (cl + 1) (Z.max (cl + 1) from) A). destruct (minus_span (Z.max (cl + 1) from) last more) as [rest less'].
        simpl in IH. destruct IH as (M & U & P). split; [|split].
        -- intros x. simpl fst. rewrite member_app, piece_member, M. simpl. fold (member more x).
           destruct (Z.leb_spec from x), (Z.leb_spec x last), (Z.leb_spec x (cf - 1)), (Z.leb_spec cf x), (Z.leb_spec x cl),
             (Z.leb_spec (Z.max (cl + 1) from) x); simpl; try lia; try reflexivity;
             rewrite (apart_member_above (cl + 1) more x A) by lia; reflexivity.
        -- intros x X. simpl snd. rewrite (U x X). simpl. fold (member more x).
           replace (x <=? cl) with false by (symmetry; apply Z.leb_gt; lia). rewrite andb_false_r. reflexivity.
        -- simpl snd. apply apart_weaker with (low := cl + 1); [lia | exact P].
Qed.

(** The difference holds the addresses of the one set that the other lacks. *)
Theorem difference_is_exact low low' ss less x :
  apart_from low ss -> apart_from low' less -> member (minus ss less) x = member ss x && negb (member less x).
Proof.
  revert low less. induction ss as [|[f l] rest IH]; intros low less A B; [reflexivity|]. simpl in A. destruct A as (L & F & A).
  simpl minus. destruct (minus_span_is low' f l less B) as (M & U & P). destruct (minus_span f l less) as [left less'] eqn:E.
  simpl in *. rewrite member_app, M, (IH (l + 1) less' A P). fold (member rest x).
  destruct (Z.leb_spec f x), (Z.leb_spec x l); simpl; try reflexivity.
  - rewrite (apart_member_above (l + 1) rest x A) by lia. simpl. apply orb_false_r.
  - rewrite (U x) by lia. reflexivity.
  - rewrite (apart_member_above (l + 1) rest x A) by lia. reflexivity.
  - lia.
Qed.

Lemma apart_app low mid a b :
  apart_from low a -> apart_from mid b -> (forall s, In s a -> snd s + 1 <= mid) -> low <= mid -> apart_from low (a ++ b).
Proof.
  revert low. induction a as [|[f l] a IH]; simpl; intros low A B U L; [apply apart_weaker with (low := mid); auto|].
  destruct A as (F & O & A). repeat split; auto. apply IH; auto. apply (U (f, l)). auto.
Qed.

Lemma minus_span_apart low low' from last less :
  apart_from low' less -> low < from ->
  apart_from low (fst (minus_span from last less)) /\ forall s, In s (fst (minus_span from last less)) -> snd s <= last.
Proof.
  assert (pieces : forall low from last, low < from -> apart_from low (piece from last) /\ forall s, In s (piece from last) -> snd s <= last).
  { intros a b c L. unfold piece. destruct (Z.leb_spec b c); simpl; [|split; [auto | intros s []]]. split; [auto|]. intros s [<- | []]. simpl. lia. }
  revert low low' from. induction less as [|[cf cl] more IH]; intros low low' from A L; simpl; [apply pieces, L|].
  simpl in A. destruct A as (L' & C & A). destruct (Z.ltb_spec last cf) as [G | G]; [apply pieces, L|].
  destruct (pieces low from (cf - 1) L) as [P1 P2].
  destruct (Z.ltb_spec last cl) as [H | H].
  - simpl. replace (piece (Z.max (cl + 1) from) last) with (@nil (Z * Z)).
    + rewrite app_nil_r. split; [exact P1|]. intros s I. specialize (P2 s I). lia.
    + unfold piece. destruct (Z.leb_spec (Z.max (cl + 1) from) last); [lia | reflexivity].
  - destruct (IH (Z.max (cl + 1) from - 1) (cl + 1) (Z.max (cl + 1) from) A) as [Q1 Q2]; [lia|].
    destruct (minus_span (Z.max (cl + 1) from) last more) as [rest less']. simpl in *. split.
    + eapply apart_app; [exact P1 | exact Q1 | intros s I; specialize (P2 s I); lia | lia].
    + intros s I. apply in_app_iff in I. destruct I as [I | I]; [specialize (P2 s I); lia | apply Q2, I].
Qed.

(** Its ranges are again apart, as the next operation needs them. *)
Theorem a_difference_is_apart low low' ss less : apart_from low ss -> apart_from low' less -> apart_from low (minus ss less).
Proof.
  revert low less. induction ss as [|[f l] rest IH]; intros low less A B; [exact I|]. simpl in A. destruct A as (L & F & A).
  simpl minus. destruct (minus_span_is low' f l less B) as (_ & _ & P).
  destruct (minus_span_apart low low' f l less B L) as [Q1 Q2].
  destruct (minus_span f l less) as [left less']. simpl in *.
  eapply apart_app; [exact Q1 | apply (IH (l + 1) less' A P) | intros s I; specialize (Q2 s I); lia | lia].
Qed.

(** * Intersection *)

(** Two lists of ranges, of which the one that ends first goes on to its next range. *)
Fixpoint common (a : spans) : spans -> spans :=
  fix with_b (b : spans) : spans :=
    match a, b with
    | [], _ | _, [] => []
    | (f, l) :: a', (g, m) :: b' =>
        piece (Z.max f g) (Z.min l m) ++ (if l <=? m then common a' b else with_b b')
    end.

(** The intersection holds the addresses that are in both sets. *)
Theorem intersection_is_exact low low' a b x :
  apart_from low a -> apart_from low' b -> member (common a b) x = member a x && member b x.
Proof.
  revert low low' b. induction a as [|[f l] a IHa]; intros low low' b A B; [destruct b; reflexivity|].
  revert low' B. induction b as [|[g m] b IHb]; intros low' B; [symmetry; apply andb_false_r|].
  assert (A0 := A). assert (B0 := B). simpl in A, B. destruct A as (L & F & A), B as (M & G & B).
  assert (E : common ((f, l) :: a) ((g, m) :: b)
    = piece (Z.max f g) (Z.min l m) ++ (if l <=? m then common a ((g, m) :: b) else common ((f, l) :: a) b)) by reflexivity.
  rewrite E, member_app, piece_member. clear E. destruct (Z.leb_spec l m).
  - rewrite (IHa (l + 1) low' _ A B0). unfold member; simpl; fold (member a x); fold (member b x).
    destruct (Z.leb_spec f x), (Z.leb_spec x l), (Z.leb_spec g x), (Z.leb_spec x m), (Z.leb_spec (Z.max f g) x), (Z.leb_spec x (Z.min l m));
      simpl; try lia; try reflexivity; rewrite ?(apart_member_above (l + 1) a x A) by lia; try reflexivity;
      rewrite ?(apart_member_above (m + 1) b x B) by lia; rewrite ?andb_false_r; reflexivity.
  - rewrite (IHb (m + 1) B). unfold member; simpl; fold (member a x); fold (member b x).
    destruct (Z.leb_spec f x), (Z.leb_spec x l), (Z.leb_spec g x), (Z.leb_spec x m), (Z.leb_spec (Z.max f g) x), (Z.leb_spec x (Z.min l m));
      simpl; try lia; try reflexivity; rewrite ?(apart_member_above (m + 1) b x B) by lia; rewrite ?andb_false_r; try reflexivity;
      rewrite ?(apart_member_above (l + 1) a x A) by lia; reflexivity.
Qed.
