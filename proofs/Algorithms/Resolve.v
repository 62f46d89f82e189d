(** The sweep along the boundaries of ranges, with the ranges that are open: `geo::resolve`. And the agreement of sources by their
    distinct regions, and masks. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted Permutation String.
From Bailiwick Require Import Regions Addresses Sources TheoremsLocation.
From Bailiwick.Algorithms Require Import Boundaries Segments.
Import ListNotations.
Open Scope Z_scope.

(** * The ranges of one family *)

(** Whether a range holds a number of a family. *)
Definition holds_number (f : family) (s : span) (x : Z) : bool :=
  let s := read_span s in family_eqb (span_family s) f && (first s <=? x) && (x <=? last s).

Lemma holds_number_is s f x : canonical (Address f x) = Address f x -> holds s (Address f x) = holds_number f s x.
Proof. intros C. unfold holds. rewrite C. reflexivity. Qed.

(** What a sweep keeps of a range: its width and its region. *)
Definition key (r : row) : row := Row (Span V4 0 (width (row_span r) - 1)) (row_region r).

Definition row_dec (a b : row) : {a = b} + {a <> b}.
Proof. repeat decide equality. Defined.

(** A boundary: where it is, whether a range opens there, and which. *)
Definition event := (Z * (bool * row))%type.

Definition events (f : family) (rs : list row) : list event :=
  flat_map (fun r => let s := read_span (row_span r) in
                     if family_eqb (span_family s) f then [(first s, (true, key r)); (last s + 1, (false, key r))] else []) rs.

(** * The sweep *)

(** Takes one range away, as often as it is there. *)
Fixpoint remove_one (k : row) (open : list row) : list row :=
  match open with [] => [] | j :: rest => if row_dec j k then rest else j :: remove_one k rest end.

Definition step (open : list row) (e : event) : list row :=
  if fst (snd e) then snd (snd e) :: open else remove_one (snd (snd e)) open.

(** The opinion of the narrowest open ranges. *)
Definition narrowest_open (open : list row) : opinion := unanimous (narrowest open).

(** Goes along the boundaries, and appends a segment behind the last boundary of each address. *)
Fixpoint sweep (open : list row) (es : list event) : list (Z * opinion) :=
  match es with
  | [] => []
  | e :: rest =>
      let open := step open e in
      match rest with
      | next :: _ => if fst e =? fst next then sweep open rest else (fst e, narrowest_open open) :: sweep open rest
      | [] => [(fst e, narrowest_open open)]
      end
  end.

Definition up_to (x : Z) (es : list event) : list event := filter (fun e => fst e <=? x) es.

Lemma sweep_starts open es c : In c (map fst (sweep open es)) -> In c (map fst es).
Proof.
  revert open. induction es as [|e rest IH]; intros open; [auto|]. simpl. destruct rest as [|next rest].
  - simpl. tauto.
  - destruct (fst e =? fst next); [intros I; right; eapply IH, I|]. intros [<- | I]; [auto|]. right. eapply IH, I.
Qed.

Lemma sorted_events_above (e : event) rest : StronglySorted Z.le (map fst (e :: rest)) -> forall c, In c (map fst rest) -> fst e <= c.
Proof. intros S. apply StronglySorted_inv in S. destruct S as [_ F]. rewrite Forall_forall in F. exact F. Qed.

(** The segments of a sweep ascend, one for each address. *)
Lemma sweep_sorted open es : StronglySorted Z.le (map fst es) -> StronglySorted Z.lt (map fst (sweep open es)).
Proof.
  revert open. induction es as [|e rest IH]; intros open S; [constructor|].
  assert (A := sorted_events_above e rest S). simpl in S. apply StronglySorted_inv in S. destruct S as [S _].
  simpl. destruct rest as [|next rest]; [repeat constructor|]. destruct (Z.eqb_spec (fst e) (fst next)) as [E | N]; [apply IH, S|].
  cbn [map]. constructor; [apply IH, S|]. rewrite Forall_forall. intros c I. apply sweep_starts in I.
  assert (B := sorted_events_above next rest S). specialize (A (fst next) (or_introl eq_refl)). simpl in I, A.
  destruct I as [<- | I]; [cbn; lia|]. specialize (B c I). cbn in *. lia.
Qed.

(** What it says at an address is the opinion of the ranges that are open behind the last boundary there or before. *)
Lemma sweep_value v open es x :
  StronglySorted Z.le (map fst es) ->
  value_at v (sweep open es) x = match up_to x es with [] => v | _ => narrowest_open (fold_left step (up_to x es) open) end.
Proof.
  revert v open. induction es as [|e rest IH]; intros v open S; [reflexivity|].
  assert (A := sorted_events_above e rest S). assert (S' := S). simpl in S'. apply StronglySorted_inv in S'. destruct S' as [S' _].
  destruct (Z.leb_spec (fst e) x) as [L | L].
  - assert (U : up_to x (e :: rest) = e :: up_to x rest) by (unfold up_to; simpl; rewrite (proj2 (Z.leb_le _ _) L); reflexivity).
    rewrite U. cbn [fold_left]. specialize (IH v (step open e) S') as IHv.
    assert (over : forall N, value_at v ((fst e, N) :: sweep (step open e) rest) x = value_at N (sweep (step open e) rest) x).
    { intros N. unfold value_at. simpl. rewrite (proj2 (Z.leb_le _ _) L). reflexivity. }
    cbn [sweep]. destruct rest as [|next rest].
    + unfold value_at. simpl. rewrite (proj2 (Z.leb_le _ _) L). reflexivity.
    + destruct (Z.eqb_spec (fst e) (fst next)) as [E | N].
      * rewrite IHv. unfold up_to. simpl filter. rewrite <- E, (proj2 (Z.leb_le _ _) L). reflexivity.
      * rewrite over, (IH (narrowest_open (step open e)) (step open e) S'). destruct (up_to x (next :: rest)); reflexivity.
  - assert (none : forall c, In c (map fst (e :: rest)) -> x < c).
    { intros c [<- | I]; [exact L|]. specialize (A c I). lia. }
    assert (U : up_to x (e :: rest) = []).
    { destruct (up_to x (e :: rest)) as [|d l] eqn:E; [reflexivity|]. assert (I : In d (up_to x (e :: rest))) by (rewrite E; left; auto).
      apply filter_In in I. destruct I as [I D]. apply Z.leb_le in D. specialize (none (fst d) (in_map _ _ _ I)). lia. }
    rewrite U. apply value_at_start. intros c I. apply none, (sweep_starts open), I.
Qed.

(** ** The open ranges are those that hold the address *)

Definition count (p : event -> bool) (es : list event) : nat := List.length (filter p es).
Definition is_key (k : row) (e : event) : bool := if row_dec (snd (snd e)) k then true else false.
Definition opens (k : row) (e : event) : bool := fst (snd e) && is_key k e.
Definition closes (k : row) (e : event) : bool := negb (fst (snd e)) && is_key k e.

Lemma count_app p a b : count p (a ++ b) = (count p a + count p b)%nat.
Proof. unfold count. rewrite filter_app, app_length. reflexivity. Qed.

Lemma count_one p e : count p [e] = if p e then 1%nat else 0%nat.
Proof. unfold count. simpl. destruct (p e); reflexivity. Qed.

Lemma count_two p d e : count p [d; e] = ((if p d then 1 else 0) + (if p e then 1 else 0))%nat.
Proof. unfold count. simpl. destruct (p d), (p e); reflexivity. Qed.

Lemma count_permuted p a b : Permutation a b -> count p a = count p b.
Proof.
  unfold count. induction 1; simpl; auto.
  - destruct (p x); simpl; congruence.
  - destruct (p x), (p y); reflexivity.
  - congruence.
Qed.

Lemma count_le p q es : (forall e, In e es -> p e = true -> q e = true) -> (count p es <= count q es)%nat.
Proof.
  unfold count. induction es as [|e es IH]; intros H; [auto|]. simpl.
  assert (IHe := IH (fun d I => H d (or_intror I))). specialize (H e (or_introl eq_refl)).
  destruct (p e); [rewrite H by auto; simpl; lia|]. destruct (q e); simpl; lia.
Qed.

Lemma remove_one_count k j l :
  count_occ row_dec (remove_one k l) j = if row_dec k j then pred (count_occ row_dec l j) else count_occ row_dec l j.
Proof.
  induction l as [|i l IH]; simpl; [destruct (row_dec k j); reflexivity|].
  destruct (row_dec i k) as [-> | D].
  - destruct (row_dec k j); reflexivity.
  - simpl. rewrite IH. destruct (row_dec i j) as [-> | D']; [|reflexivity]. destruct (row_dec k j); [congruence | reflexivity].
Qed.

(** If no prefix closes a range more often than it opens it, then each range is open as often as it was opened and not closed. *)
Lemma open_count es k :
  (forall p q, es = p ++ q -> (count (closes k) p <= count (opens k) p)%nat) ->
  (count_occ row_dec (fold_left step es []) k + count (closes k) es = count (opens k) es)%nat.
Proof.
  induction es as [|e es IH] using rev_ind; intros H; [reflexivity|].
  assert (P := H (es ++ [e]) [] (eq_sym (app_nil_r _))).
  rewrite fold_left_app, !count_app in *. cbn [fold_left].
  assert (IHe : (count_occ row_dec (fold_left step es []) k + count (closes k) es = count (opens k) es)%nat).
  { apply IH. intros p q E. apply (H p (q ++ [e])). rewrite E, app_assoc. reflexivity. }
  rewrite !count_one in *. set (o := fold_left step es []) in *. clearbody o. unfold step.
  assert (C : closes k e = negb (fst (snd e)) && is_key k e) by reflexivity.
  assert (N : opens k e = fst (snd e) && is_key k e) by reflexivity. rewrite C, N in *. clear C N. unfold is_key in *.
  destruct (fst (snd e)); cbn [negb andb] in *.
  - cbn [count_occ]. destruct (row_dec (snd (snd e)) k); lia.
  - rewrite remove_one_count. destruct (row_dec (snd (snd e)) k); lia.
Qed.

Definition at_most (x : Z) (p : event -> bool) (e : event) : bool := (fst e <=? x) && p e.

Lemma count_up_to x p es : count p (up_to x es) = count (at_most x p) es.
Proof.
  unfold count, up_to, at_most. induction es as [|e es IH]; [reflexivity|]. simpl. destruct (fst e <=? x); simpl; [|exact IH].
  destruct (p e); simpl; rewrite IH; reflexivity.
Qed.

Definition ordered_rows (rs : list row) : Prop := forall r, In r rs -> first (read_span (row_span r)) <= last (read_span (row_span r)).

Lemma events_cons f r rs :
  events f (r :: rs)
  = (let s := read_span (row_span r) in
     if family_eqb (span_family s) f then [(first s, (true, key r)); (last s + 1, (false, key r))] else []) ++ events f rs.
Proof. reflexivity. Qed.

(** As many ranges have ended before an address as have begun before it, at most. *)
Lemma closed_before_opened f rs k c :
  ordered_rows rs -> (count (at_most c (closes k)) (events f rs) <= count (at_most (c - 1) (opens k)) (events f rs))%nat.
Proof.
  induction rs as [|r rs IH]; intros O; [auto|]. rewrite events_cons, !count_app.
  assert (IHr : (count (at_most c (closes k)) (events f rs) <= count (at_most (c - 1) (opens k)) (events f rs))%nat).
  { apply IH. intros s I. apply O. right. exact I. }
  specialize (O r (or_introl eq_refl)). cbv zeta. destruct (family_eqb _ f); [|exact IHr].
  rewrite !count_two.
  set (closed := count (at_most c (closes k)) (events f rs)) in *. set (opened := count (at_most (c - 1) (opens k)) (events f rs)) in *.
  clearbody closed opened. unfold at_most, closes, opens, is_key. cbn [fst snd negb andb].
  destruct (row_dec (key r) k); rewrite ?andb_false_r, ?andb_true_r; [|lia].
  destruct (Z.leb_spec (last (read_span (row_span r)) + 1) c), (Z.leb_spec (first (read_span (row_span r))) (c - 1)); lia.
Qed.

(** Of the ranges that have begun by an address, those that have not ended hold it. *)
Lemma begun_is_ended_or_holding f rs k x :
  ordered_rows rs ->
  (count (at_most x (opens k)) (events f rs)
   = count (at_most x (closes k)) (events f rs)
     + count_occ row_dec (map key (filter (fun r => holds_number f (row_span r) x) rs)) k)%nat.
Proof.
  induction rs as [|r rs IH]; intros O; [reflexivity|]. rewrite events_cons, !count_app.
  rewrite IH by (intros s I; apply O; right; exact I). specialize (O r (or_introl eq_refl)).
  cbv zeta. simpl filter. unfold holds_number at 2. cbv zeta. destruct (family_eqb _ f); [|simpl; lia].
  rewrite !count_two. set (closed := count (at_most x (closes k)) (events f rs)). clearbody closed.
  unfold at_most, closes, opens, is_key. cbn [fst snd negb andb]. rewrite !andb_false_r.
  destruct (Z.leb_spec (first (read_span (row_span r))) x), (Z.leb_spec (last (read_span (row_span r)) + 1) x),
    (Z.leb_spec x (last (read_span (row_span r)))); cbn [andb map count_occ]; try lia; destruct (row_dec (key r) k); lia.
Qed.

Lemma up_to_is_prefix x es : StronglySorted Z.le (map fst es) -> exists later, es = up_to x es ++ later.
Proof.
  induction es as [|e rest IH]; intros S; [exists []; reflexivity|].
  assert (A := sorted_events_above e rest S). simpl in S. apply StronglySorted_inv in S. destruct S as [S _].
  unfold up_to. simpl. destruct (Z.leb_spec (fst e) x) as [L | L].
  - destruct (IH S) as (later & E). exists later. simpl. f_equal. exact E.
  - exists (e :: rest). replace (filter (fun d => fst d <=? x) rest) with (@nil event); [reflexivity|].
    symmetry. destruct (filter (fun d => fst d <=? x) rest) as [|d l] eqn:F; [reflexivity|].
    assert (I : In d (filter (fun d => fst d <=? x) rest)) by (rewrite F; left; auto). apply filter_In in I. destruct I as [I D].
    apply Z.leb_le in D. specialize (A (fst d) (in_map _ _ _ I)). lia.
Qed.

Lemma sorted_prefix p q : StronglySorted Z.le (map fst (p ++ q : list event)) -> forall d e, In d p -> In e q -> fst d <= fst e.
Proof.
  induction p as [|a p IH]; intros S d e; [intros []|]. assert (A := sorted_events_above a (p ++ q) S).
  simpl in S. apply StronglySorted_inv in S. destruct S as [S _]. intros [<- | I] J; [|apply IH; auto].
  apply A, in_map, in_app_iff. auto.
Qed.

Lemma no_prefix_closes_more f rs es k p q :
  ordered_rows rs -> Permutation es (events f rs) -> StronglySorted Z.le (map fst es) -> es = p ++ q ->
  (count (closes k) p <= count (opens k) p)%nat.
Proof.
  intros O P S E. destruct p as [|e p _] using rev_ind; [auto|]. subst es. set (c := fst e).
  assert (below : forall d, In d (p ++ [e]) -> fst d <= c).
  { intros d I. apply in_app_iff in I. destruct I as [I | [<- | []]]; [|reflexivity].
    rewrite <- app_assoc in S. apply (sorted_prefix p ([e] ++ q) S d e I). left. reflexivity. }
  assert (above : forall d, In d q -> c <= fst d).
  { intros d I. apply (sorted_prefix (p ++ [e]) q S e d); [apply in_app_iff; right; left; auto | exact I]. }
  assert (C : (count (closes k) (p ++ [e]) <= count (at_most c (closes k)) (p ++ [e]))%nat).
  { apply count_le. intros d I D. unfold at_most. rewrite D, andb_true_r. apply Z.leb_le, below, I. }
  assert (D : (count (at_most (c - 1) (opens k)) q = 0)%nat).
  { unfold count. destruct (filter (at_most (c - 1) (opens k)) q) as [|d l] eqn:F; [reflexivity|].
    assert (I : In d (filter (at_most (c - 1) (opens k)) q)) by (rewrite F; left; auto). apply filter_In in I. destruct I as [I T].
    unfold at_most in T. rewrite andb_true_iff, Z.leb_le in T. specialize (above d I). lia. }
  assert (B : (count (at_most (c - 1) (opens k)) (p ++ [e]) <= count (opens k) (p ++ [e]))%nat).
  { apply count_le. intros d _ T. unfold at_most in T. rewrite andb_true_iff in T. apply T. }
  assert (M := closed_before_opened f rs k c O). rewrite <- !(count_permuted _ _ _ P) in M. rewrite !(count_app _ (p ++ [e]) q) in M. lia.
Qed.

Lemma open_ranges_hold f rs es x k :
  ordered_rows rs -> Permutation es (events f rs) -> StronglySorted Z.le (map fst es) ->
  (In k (fold_left step (up_to x es) []) <-> In k (map key (filter (fun r => holds_number f (row_span r) x) rs))).
Proof.
  intros O P S. rewrite !(count_occ_In row_dec).
  assert (C : (count_occ row_dec (fold_left step (up_to x es) []) k + count (closes k) (up_to x es) = count (opens k) (up_to x es))%nat).
  { apply open_count. intros p q E. destruct (up_to_is_prefix x es S) as (later & F).
    apply (no_prefix_closes_more f rs es k p (q ++ later) O P S). rewrite app_assoc, <- E. exact F. }
  rewrite !count_up_to, !(count_permuted _ _ _ P) in C. assert (H := begun_is_ended_or_holding f rs k x O). lia.
Qed.

(** ** Their opinion *)

Lemma narrowest_of_list l x : In x (narrowest l) <-> In x l /\ forall y, In y l -> row_width x <= row_width y.
Proof.
  unfold narrowest. rewrite filter_In, forallb_forall. split; intros [I H]; (split; [exact I|]); intros y J; specialize (H y J);
    apply Z.leb_le; exact H.
Qed.

Lemma narrowest_open_same l l' : (forall k, In k l <-> In k l') -> narrowest_open l = narrowest_open l'.
Proof.
  intros same. apply unanimous_same. intros x. rewrite !narrowest_of_list. split; intros [I H]; (split; [apply same, I|]);
    intros y J; apply H, same, J.
Qed.

Lemma key_width r : row_width (key r) = row_width r.
Proof. unfold row_width, key, width. simpl. lia. Qed.

Lemma narrowest_open_of_keys l : narrowest_open (map key l) = narrowest_open l.
Proof.
  unfold narrowest_open.
  assert (F : forall m, filter (fun r => forallb (fun other => row_width r <=? row_width other) (map key l)) (map key m)
            = map key (filter (fun r => forallb (fun other => row_width r <=? row_width other) l) m)).
  { assert (A : forall r, forallb (fun other => row_width (key r) <=? row_width other) (map key l)
              = forallb (fun other => row_width r <=? row_width other) l).
    { intros r. rewrite (key_width r). induction l as [|s l IH]; [reflexivity|]. cbn [map forallb]. rewrite key_width, IH. reflexivity. }
    induction m as [|r m IH]; [reflexivity|]. cbn [map filter]. rewrite A. destruct (forallb _ l); cbn [map]; rewrite IH; reflexivity. }
  unfold narrowest. rewrite F. generalize (filter (fun r => forallb (fun other => row_width r <=? row_width other) l) l).
  intros m. destruct m as [|r m]; [reflexivity|]. simpl.
  replace (forallb (fun other => region_eqb (row_region r) (row_region other)) (map key m))
    with (forallb (fun other => region_eqb (row_region r) (row_region other)) m); [reflexivity|].
  induction m as [|s m IH]; [reflexivity|]. simpl. rewrite IH. reflexivity.
Qed.

(** The ranges of a source at a number of a family. *)
Definition opinion_at (f : family) (rs : list row) (x : Z) : opinion :=
  narrowest_open (filter (fun r => holds_number f (row_span r) x) rs).

(** A sweep that only adds and removes ranges at their boundaries, in any sequence within an address, says at every number what the
    narrowest ranges that hold it say. *)
Theorem a_sweep_says_what_the_narrowest_ranges_say f rs es x :
  ordered_rows rs -> Permutation es (events f rs) -> StronglySorted Z.le (map fst es) ->
  value_at Silent (merged opinion_eqb Silent (sweep [] es)) x = opinion_at f rs x.
Proof.
  intros O P S. rewrite merged_value; [|exact opinion_eqb_sound | apply sweep_sorted, S]. rewrite sweep_value by exact S.
  assert (N : narrowest_open (fold_left step (up_to x es) []) = opinion_at f rs x).
  { unfold opinion_at. rewrite <- (narrowest_open_of_keys (filter _ rs)). apply narrowest_open_same. intros k. apply open_ranges_hold; auto. }
  destruct (up_to x es); [|exact N]. exact N.
Qed.

Lemma opinion_at_is f rs x :
  canonical (Address f x) = Address f x -> opinion_at f rs x = opinion_of_rows rs (Address f x).
Proof.
  intros C. unfold opinion_at, opinion_of_rows, holding. unfold narrowest_open. f_equal. f_equal. apply filter_ext. intros r.
  unfold row_holds. symmetry. apply holds_number_is, C.
Qed.

(** Boundaries in ascending sequence. *)
Fixpoint insert_event (e : event) (es : list event) : list event :=
  match es with [] => [e] | d :: rest => if fst e <=? fst d then e :: es else d :: insert_event e rest end.
Definition sorted_events (es : list event) : list event := fold_right insert_event [] es.

Lemma insert_event_permuted e es : Permutation (e :: es) (insert_event e es).
Proof.
  induction es as [|d es IH]; simpl; auto. destruct (fst e <=? fst d); auto.
  eapply perm_trans; [apply perm_swap | constructor; exact IH].
Qed.

Lemma sorted_events_permuted es : Permutation (sorted_events es) es.
Proof.
  induction es as [|e es IH]; simpl; auto. eapply perm_trans; [apply Permutation_sym, insert_event_permuted | constructor; exact IH].
Qed.

Lemma insert_event_sorted e es : StronglySorted Z.le (map fst es) -> StronglySorted Z.le (map fst (insert_event e es)).
Proof.
  induction es as [|d es IH]; intros S; simpl; [repeat constructor|].
  destruct (Z.leb_spec (fst e) (fst d)) as [L | L].
  - cbn [map]. constructor; [exact S|]. simpl in S. constructor; [exact L|]. apply StronglySorted_inv in S. destruct S as [_ F].
    eapply Forall_impl; [|exact F]. intros c. cbn. lia.
  - assert (A := sorted_events_above d es S). simpl in S. apply StronglySorted_inv in S. destruct S as [S _].
    cbn [map]. constructor; [apply IH, S|]. rewrite Forall_forall. intros c I. apply in_map_iff in I. destruct I as (b & <- & I).
    apply (Permutation_in b (Permutation_sym (insert_event_permuted e es))) in I. destruct I as [<- | I]; [lia|].
    apply A, in_map, I.
Qed.

Lemma sorted_events_sorted es : StronglySorted Z.le (map fst (sorted_events es)).
Proof. induction es as [|e es IH]; simpl; [constructor | apply insert_event_sorted, IH]. Qed.

(** * Masks *)

(** The ranges of a family as pairs of numbers. *)
Definition spans_in (f : family) (ss : list span) : spans :=
  flat_map (fun s => let s := read_span s in if family_eqb (span_family s) f then [(first s, last s)] else []) ss.

Lemma spans_in_member f ss x : member (spans_in f ss) x = existsb (fun s => holds_number f s x) ss.
Proof.
  unfold spans_in. induction ss as [|s ss IH]; [reflexivity|]. simpl. unfold member in *. rewrite existsb_app, IH. f_equal.
  unfold holds_number. cbv zeta. destruct (family_eqb _ f); [|reflexivity]. simpl. apply orb_false_r.
Qed.

Lemma some_holds_number ss f x :
  canonical (Address f x) = Address f x -> some_holds ss (Address f x) = member (spans_in f ss) x.
Proof.
  intros C. rewrite spans_in_member. unfold some_holds. induction ss as [|s ss IH]; [reflexivity|]. simpl.
  rewrite (holds_number_is s f x C), IH. reflexivity.
Qed.

(** The segments with one value, that outside of all, at the addresses of some ranges. *)
Definition masked {V} (same : V -> V -> bool) (outside : V) (ss : spans) (segments : list (Z * V)) : list (Z * V) :=
  segments_of same outside (fun x => if member ss x then outside else value_at outside segments x)
    (map fst segments ++ boundaries ss).

Theorem a_mask_hides_its_ranges_alone {V} (same : V -> V -> bool) (outside : V) ss segments x :
  (forall a b, same a b = true -> a = b) ->
  value_at outside (masked same outside ss segments) x = if member ss x then outside else value_at outside segments x.
Proof.
  intros sound. apply (segments_say_what_the_function_says same outside (fun x => if member ss x then outside else value_at outside segments x)).
  - exact sound.
  - intros y B. destruct (member ss y); [reflexivity|]. apply value_at_start. intros c I. apply B, in_app_iff. auto.
  - intros y z B. replace (member ss z) with (member ss y).
    + destruct (member ss y); [reflexivity|]. apply value_at_between. intros c I. apply B, in_app_iff. auto.
    + assert (E : forall s, In s ss -> (fst s <= y <-> fst s <= z) /\ (snd s + 1 <= y <-> snd s + 1 <= z)).
      { intros s I. split; apply B, in_app_iff; right; apply in_flat_map; exists s; (split; [exact I | simpl; auto]). }
      clear B. induction ss as [|s ss IH]; [reflexivity|]. unfold member in *. simpl. rewrite IH by (intros t I; apply E; right; exact I).
      f_equal. destruct (E s (or_introl eq_refl)). apply eq_true_iff_eq. rewrite !andb_true_iff, !Z.leb_le. lia.
Qed.

(** * Agreement *)

(** The agreement by the distinct regions that sources say, and the numbers of sources that dispute and that place. *)
Definition agreed (min disputing placing : nat) (distinct : list region) : location :=
  if Nat.ltb 0 disputing then Contested
  else match distinct with
       | [] => Unlocated
       | [widest] => if Nat.leb min placing then Located widest else Unlocated
       | [widest; other] =>
           if covers widest other then (if Nat.leb min placing then Located widest else Unlocated) else Contested
       | _ => Contested
       end.

(** "Regions agree when each pair does: they are a country and at most one of its subdivisions", where a country stands before its
    subdivisions. *)
Theorem agreement_by_distinct_regions_equals_by_pairs min os distinct :
  NoDup distinct -> (forall r, In r distinct <-> In r (placing os)) -> ~ In Unknown distinct ->
  (forall before a between b after, distinct = before ++ a :: between ++ b :: after -> covers b a = false) ->
  agreed min (List.length (filter is_disputed os)) (List.length (placing os)) distinct = agreement min os.
Proof.
  intros D same known sequence. unfold agreed, agreement.
  assert (E : Nat.ltb 0 (List.length (filter is_disputed os)) = existsb is_disputed os).
  { clear. induction os as [|o os IH]; [reflexivity|]. simpl. destruct (is_disputed o); [reflexivity | exact IH]. }
  rewrite E. destruct (existsb is_disputed os); [reflexivity|]. simpl orb.
  assert (one : forall w, In w distinct -> (forall r, In r distinct -> covers w r = true) -> all_agree (placing os) = true ->
    match widest (placing os) with Some r => if Nat.leb min (List.length (placing os)) then Located r else Unlocated | None => Unlocated end
    = if Nat.leb min (List.length (placing os)) then Located w else Unlocated).
  { intros w I all _. assert (W : widest (placing os) = Some w); [|rewrite W; reflexivity].
    destruct (widest (placing os)) as [u|] eqn:F.
    - apply widest_iff in F. destruct F as [J F]. f_equal. apply covers_antisymmetric; [apply F, same, I | apply all, same, J].
    - exfalso. assert (N := find_none _ _ F w (proj1 (same w) I)). apply not_true_iff_false in N. apply N, forallb_forall.
      intros r J. apply all, same, J. }
  destruct distinct as [|a [|b [|c rest]]].
  - assert (P : placing os = []).
    { destruct (placing os) as [|r l]; [reflexivity|]. destruct (proj2 (same r) (or_introl eq_refl)). }
    rewrite P. reflexivity.
  - assert (K : a <> Unknown) by (intros ->; apply known; left; auto).
    assert (A : all_agree (placing os) = true).
    { apply all_agree_iff. intros x y X Y. apply same in X, Y. destruct X as [<- | []], Y as [<- | []]. unfold agree.
      rewrite covers_reflexive by exact K. reflexivity. }
    rewrite A. simpl negb. cbv iota. symmetry. apply one; [left; auto | | exact A].
    intros r [<- | []]. apply covers_reflexive, K.
  - assert (Ka : a <> Unknown) by (intros ->; apply known; left; auto).
    assert (Kb : b <> Unknown) by (intros ->; apply known; right; left; auto).
    assert (S : covers b a = false) by (apply (sequence [] a [] b []); reflexivity).
    destruct (covers a b) eqn:C.
    + assert (A : all_agree (placing os) = true).
      { apply all_agree_iff. intros x y X Y. apply same in X, Y. unfold agree.
        destruct X as [<- | [<- | []]], Y as [<- | [<- | []]]; rewrite ?C, ?covers_reflexive by assumption; rewrite ?orb_true_r; reflexivity. }
      rewrite A. simpl negb. cbv iota. symmetry. apply one; [left; auto | | exact A].
      intros r [<- | [<- | []]]; [apply covers_reflexive, Ka | exact C].
    + assert (A : all_agree (placing os) = false).
      { apply not_true_iff_false. rewrite all_agree_iff. intros all.
        assert (X := all a b (proj1 (same a) (or_introl eq_refl)) (proj1 (same b) (or_intror (or_introl eq_refl)))).
        unfold agree in X. rewrite C, S in X. discriminate. }
      rewrite A. reflexivity.
  - assert (A : all_agree (placing os) = false).
    { apply not_true_iff_false. rewrite all_agree_iff. intros all.
      assert (I : forall r, In r [a; b; c] -> In r (placing os)).
      { intros r J. apply same. simpl in *. tauto. }
      assert (b_a : covers b a = false) by (apply (sequence [] a [] b (c :: rest)); reflexivity).
      assert (ca : covers c a = false) by (apply (sequence [] a [b] c rest); reflexivity).
      assert (cb : covers c b = false) by (apply (sequence [a] b [] c rest); reflexivity).
      assert (ab := all a b (I a (or_introl eq_refl)) (I b (or_intror (or_introl eq_refl)))).
      assert (bc := all b c (I b (or_intror (or_introl eq_refl))) (I c (or_intror (or_intror (or_introl eq_refl))))).
      unfold agree in ab, bc. rewrite b_a, orb_false_r in ab. rewrite cb, orb_false_r in bc.
      apply covers_iff in ab. apply covers_iff in bc. destruct ab as [_ ab], bc as [_ bc].
      apply NoDup_cons_iff in D. destruct D as [Da D]. apply NoDup_cons_iff in D. destruct D as [Db _].
      assert (Nab : a <> b) by (intros ->; apply Da; left; auto).
      assert (Nbc : b <> c) by (intros ->; apply Db; left; auto).
      destruct ab as [ab | ab]; [contradiction|]. destruct bc as [bc | bc]; [contradiction|].
      apply Nab. rewrite ab, bc. rewrite country_country. symmetry. reflexivity. }
    rewrite A. reflexivity.
Qed.

(** ** Counting sources in and out *)

Definition region_count (os : list opinion) (r : region) : nat := count_occ region_dec (placing os) r.
Definition one_if (b : bool) : nat := if b then 1%nat else 0%nat.
Definition says (o : opinion) (r : region) : bool := match o with Says s => region_eqb s r | _ => false end.
Definition places (o : opinion) : bool := match o with Says _ => true | _ => false end.

(** Where one source's opinion changes, taking its former opinion out of the counts and putting the new one in gives the counts of all
    opinions: no other source has to be asked. *)
Theorem counting_one_source_anew_counts_all before former later after r :
  List.length (filter is_disputed (before ++ later :: after))
  = (List.length (filter is_disputed (before ++ former :: after)) - one_if (is_disputed former) + one_if (is_disputed later))%nat
  /\ List.length (placing (before ++ later :: after))
     = (List.length (placing (before ++ former :: after)) - one_if (places former) + one_if (places later))%nat
  /\ region_count (before ++ later :: after) r
     = (region_count (before ++ former :: after) r - one_if (says former r) + one_if (says later r))%nat.
Proof.
  assert (P : forall o, placing (before ++ o :: after) = placing before ++ placing [o] ++ placing after).
  { intros o. unfold placing. rewrite flat_map_app. simpl. rewrite app_nil_r. reflexivity. }
  assert (C : forall o, count_occ region_dec (placing [o]) r = one_if (says o r)).
  { intros [|s|]; simpl; auto. destruct (region_dec s r) as [E | N].
    - rewrite (proj2 (region_eqb_eq s r) E). reflexivity.
    - rewrite (proj2 (region_eqb_neq s r) N). reflexivity. }
  unfold region_count. rewrite !P, !filter_app, !count_occ_app, !app_length, !C. split; [|split].
  - destruct former, later; simpl; lia.
  - destruct former, later; simpl; lia.
  - destruct (says former r), (says later r); simpl; lia.
Qed.
