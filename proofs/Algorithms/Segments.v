(** The opinions of a source and the agreement of all as segments along the addresses: `geo::resolve`. *)
From Coq Require Import Bool List ZArith Lia Sorted.
From Bailiwick Require Import Regions Addresses Sources.
Import ListNotations.
Open Scope Z_scope.

(** "Segments in ascending sequence: the first address of each, and the value from there to the next." Before the first, [outside]. *)
Definition value_at {V} (outside : V) (segments : list (Z * V)) (x : Z) : V :=
  fold_left (fun v s => if fst s <=? x then snd s else v) segments outside.

(** The addresses at which a segment begins, ascending and each once. *)
Fixpoint insert_cut (c : Z) (l : list Z) : list Z :=
  match l with
  | [] => [c]
  | d :: rest => if c <? d then c :: l else if c =? d then l else d :: insert_cut c rest
  end.
Definition sorted_cuts (l : list Z) : list Z := fold_right insert_cut [] l.

(** "Appends a segment, unless its value is that of the one before." *)
Fixpoint merged {V} (same : V -> V -> bool) (before : V) (segments : list (Z * V)) : list (Z * V) :=
  match segments with
  | [] => []
  | (c, v) :: rest => if same before v then merged same before rest else (c, v) :: merged same v rest
  end.

(** A segment at each cut, with the value there; neighbours of one value are one. *)
Definition segments_of {V} (same : V -> V -> bool) (outside : V) (f : Z -> V) (cuts : list Z) : list (Z * V) :=
  merged same outside (map (fun c => (c, f c)) (sorted_cuts cuts)).

Lemma insert_cut_in c d l : In d (insert_cut c l) <-> d = c \/ In d l.
Proof.
  induction l as [|e l IH]; simpl; [intuition|]. destruct (Z.ltb_spec c e); simpl; [intuition|].
  destruct (Z.eqb_spec c e); simpl; [subst; intuition|]. rewrite IH. intuition.
Qed.

Lemma sorted_cuts_in d l : In d (sorted_cuts l) <-> In d l.
Proof. induction l as [|c l IH]; simpl; [tauto|]. rewrite insert_cut_in, IH. intuition. Qed.

Lemma insert_cut_sorted c l : StronglySorted Z.lt l -> StronglySorted Z.lt (insert_cut c l).
Proof.
  induction l as [|e l IH]; intros S; simpl; [repeat constructor|].
  destruct (StronglySorted_inv S) as [S' F]. rewrite Forall_forall in F.
  destruct (Z.ltb_spec c e).
  - constructor; [exact S|]. rewrite Forall_forall. intros x [<- | I]; [assumption|]. specialize (F x I). lia.
  - destruct (Z.eqb_spec c e); [exact S|]. constructor; [apply IH, S'|]. rewrite Forall_forall. intros x I.
    apply insert_cut_in in I. destruct I as [-> | I]; [lia | auto].
Qed.

Lemma sorted_cuts_sorted l : StronglySorted Z.lt (sorted_cuts l).
Proof. induction l as [|c l IH]; simpl; [constructor | apply insert_cut_sorted, IH]. Qed.

Lemma merged_value {V} (same : V -> V -> bool) (sound : forall a b, same a b = true -> a = b) segments (before : V) x :
  StronglySorted Z.lt (map fst segments) ->
  value_at before (merged same before segments) x = value_at before segments x.
Proof.
  revert before. induction segments as [|[c v] rest IH]; intros before S; [reflexivity|]. simpl in *.
  apply StronglySorted_inv in S. destruct S as [S F]. destruct (same before v) eqn:E.
  - apply sound in E. subst v. unfold value_at at 2. simpl. fold (value_at (if c <=? x then before else before) rest x).
    destruct (c <=? x); apply IH, S.
  - unfold value_at. simpl. destruct (Z.leb_spec c x).
    + apply IH, S.
    + assert (late : forall l : list (Z * V), (forall s, In s l -> x < fst s) -> forall a : V,
        fold_left (fun v s => if fst s <=? x then snd s else v) l a = a).
      { clear. induction l as [|s l IH]; intros L a; [reflexivity|]. simpl.
        replace (fst s <=? x) with false by (symmetry; apply Z.leb_gt, L; left; reflexivity).
        apply IH. intros t I. apply L. right. exact I. }
      rewrite Forall_forall in F.
      assert (after : forall s, In s rest -> x < fst s) by (intros s I; specialize (F (fst s) (in_map _ _ _ I)); lia).
      assert (inside : forall l (b : V) s, In s (merged same b l) -> In s l).
      { clear. induction l as [|[d u] l IH]; intros b s I; [exact I|]. simpl in I. destruct (same b u).
        - right. eapply IH, I.
        - destruct I as [<- | I]; [left; reflexivity | right; eapply IH, I]. }
      rewrite !late; [reflexivity | exact after | intros s I; eapply after, inside, I].
Qed.

(** A function that is constant between cuts is what its segments say: [outside] before all cuts, and from each cut to the next the
    value at the cut. *)
Theorem segments_say_what_the_function_says {V} (same : V -> V -> bool) (outside : V) f cuts x :
  (forall a b, same a b = true -> a = b) ->
  (forall y, (forall c, In c cuts -> y < c) -> f y = outside) ->
  (forall y z, (forall c, In c cuts -> (c <= y <-> c <= z)) -> f y = f z) ->
  value_at outside (segments_of same outside f cuts) x = f x.
Proof.
  intros sound start constant. unfold segments_of. rewrite merged_value; auto.
  2: { rewrite map_map. simpl. rewrite map_id. apply sorted_cuts_sorted. }
  assert (C : forall l a, StronglySorted Z.lt l ->
    value_at a (map (fun c => (c, f c)) l) x
    = match filter (fun c => c <=? x) l with [] => a | c :: _ => f (fold_left Z.max (filter (fun c => c <=? x) l) c) end).
  { induction l as [|c l IH]; intros a S; [reflexivity|]. apply StronglySorted_inv in S. destruct S as [S F].
    unfold value_at. simpl. destruct (Z.leb_spec c x).
    - fold (value_at (f c) (map (fun c => (c, f c)) l) x). rewrite (IH _ S). simpl. rewrite Z.max_id.
      rewrite Forall_forall in F.
      destruct (filter (fun c0 => c0 <=? x) l) as [|d ds] eqn:E; [reflexivity|].
      assert (I : In d (filter (fun c0 => c0 <=? x) l)) by (rewrite E; left; auto). apply filter_In in I.
      specialize (F d (proj1 I)). simpl. rewrite Z.max_id, Z.max_r by lia. reflexivity.
    - fold (value_at a (map (fun c => (c, f c)) l) x). apply IH, S. }
  rewrite C by apply sorted_cuts_sorted. clear C.
  destruct (filter (fun c => c <=? x) (sorted_cuts cuts)) as [|c cs] eqn:E.
  - symmetry. apply start. intros c I. apply sorted_cuts_in in I. apply Z.nle_gt. intros L.
    assert (J : In c (filter (fun c => c <=? x) (sorted_cuts cuts))) by (apply filter_In; split; [exact I | apply Z.leb_le, L]).
    rewrite E in J. destruct J.
  - apply constant.
    assert (M : forall l a, (In (fold_left Z.max l a) l \/ fold_left Z.max l a = a)
                            /\ a <= fold_left Z.max l a /\ forall d, In d l -> d <= fold_left Z.max l a).
    { induction l as [|d l IH]; intros a; simpl; [repeat split; [auto | lia | tauto]|].
      destruct (IH (Z.max a d)) as (A & B & D). split; [|split; [lia|]].
      - destruct A as [A | A]; [auto|]. rewrite A. destruct (Z.max_spec a d) as [[_ ->] | [_ ->]]; auto.
      - intros e [<- | I]; [lia | auto]. }
    destruct (M (c :: cs) c) as (A & _ & D). set (m := fold_left Z.max (c :: cs) c) in *. clearbody m.
    assert (I : In m (c :: cs)) by (destruct A as [A | ->]; [exact A | left; reflexivity]).
    rewrite <- E in I, D. apply filter_In in I. destruct I as [_ L]. apply Z.leb_le in L.
    intros d J. split; [lia|]. intros K. apply D, filter_In. split; [apply sorted_cuts_in, J | apply Z.leb_le, K].
Qed.

(** * Sources and their agreement *)

Definition opinion_eqb (a b : opinion) : bool :=
  match a, b with
  | Silent, Silent | Disputed, Disputed => true
  | Says r, Says s => region_eqb r s
  | _, _ => false
  end.

Definition location_eqb (a b : location) : bool :=
  match a, b with
  | Unlocated, Unlocated | Contested, Contested => true
  | Located r, Located s => region_eqb r s
  | _, _ => false
  end.

Lemma opinion_eqb_sound a b : opinion_eqb a b = true -> a = b.
Proof. destruct a, b; simpl; try discriminate; auto. intros E. apply region_eqb_eq in E. congruence. Qed.

Lemma location_eqb_sound a b : location_eqb a b = true -> a = b.
Proof. destruct a, b; simpl; try discriminate; auto. intros E. apply region_eqb_eq in E. congruence. Qed.

(** The agreement of sources that are given as segments: at each boundary of one of them. *)
Definition agreement_segments (min : nat) (sources : list (list (Z * opinion))) : list (Z * location) :=
  segments_of location_eqb Unlocated (fun x => agreement min (map (fun s => value_at Silent s x) sources))
              (flat_map (map fst) sources).

Lemma value_at_between {V} (outside : V) segments x y :
  (forall c, In c (map fst segments) -> (c <= x <-> c <= y)) -> value_at outside segments x = value_at outside segments y.
Proof.
  revert outside. unfold value_at. induction segments as [|s rest IH]; intros outside B; [reflexivity|]. simpl.
  replace (fst s <=? x) with (fst s <=? y).
  - apply IH. intros c I. apply B. right. exact I.
  - apply eq_true_iff_eq. rewrite !Z.leb_le. symmetry. apply B. left. reflexivity.
Qed.

Lemma value_at_start {V} (outside : V) segments x :
  (forall c, In c (map fst segments) -> x < c) -> value_at outside segments x = outside.
Proof.
  unfold value_at. induction segments as [|s rest IH]; intros B; [reflexivity|]. simpl.
  replace (fst s <=? x) with false by (symmetry; apply Z.leb_gt, B; left; reflexivity).
  apply IH. intros c I. apply B. right. exact I.
Qed.

Lemma all_silent min os : (forall o, In o os -> o = Silent) -> agreement min os = Unlocated.
Proof.
  intros S. assert (P : placing os = []).
  { induction os as [|o os IH]; [reflexivity|]. simpl. rewrite (S o (or_introl eq_refl)). apply IH. intros p I. apply S. right. exact I. }
  unfold agreement. rewrite P. simpl. replace (existsb is_disputed os) with false; [reflexivity|].
  symmetry. apply not_true_iff_false. rewrite existsb_exists. intros (o & I & D). rewrite (S o I) in D. discriminate.
Qed.

(** The agreement by segments is at every address the agreement of what the sources' segments say there. *)
Theorem agreement_by_segments_equals_by_address min sources x :
  value_at Unlocated (agreement_segments min sources) x = agreement min (map (fun s => value_at Silent s x) sources).
Proof.
  unfold agreement_segments.
  apply (segments_say_what_the_function_says location_eqb Unlocated
           (fun x => agreement min (map (fun s => value_at Silent s x) sources))).
  - apply location_eqb_sound.
  - intros y B. apply all_silent. intros o I. apply in_map_iff in I. destruct I as (s & <- & I). apply value_at_start.
    intros c J. apply B, in_flat_map. eauto.
  - intros y z B. f_equal. apply map_ext_in. intros s I. apply value_at_between. intros c J. apply B, in_flat_map. eauto.
Qed.
