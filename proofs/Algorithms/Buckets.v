(** How slots come into a bucket: the condition of `OpenBucket::take` suffices for the bucket's windows to say what the segments say, also
    where the slots are not beside each other. *)
From Coq Require Import Bool List ZArith Lia Sorted.
From Bailiwick.Algorithms Require Import Boundaries Segments Trie.
Import ListNotations.
Open Scope Z_scope.

(** "A slot with cuts inside": its first and last address, "the value that it begins with", and its cuts behind the first address. *)
Record slot (V : Type) := Slot { slot_first : Z; slot_last : Z; slot_value : V; slot_cuts : list (Z * V) }.
Arguments Slot {V}.
Arguments slot_first {V}.
Arguments slot_last {V}.
Arguments slot_value {V}.
Arguments slot_cuts {V}.

(** "A bucket that takes further slots of a table": "the first address of its first slot, and the value there", its cuts, and "where the
    window will begin". *)
Record open (V : Type) := Open { open_first : Z; open_value : V; open_cuts : list (Z * V); open_shift : Z }.
Arguments Open {V}.
Arguments open_first {V}.
Arguments open_value {V}.
Arguments open_cuts {V}.
Arguments open_shift {V}.

Definition last_value {V} (o : open V) : V := List.last (map snd (open_cuts o)) (open_value o).

(** "Takes a slot, with a cut at its start when the value there is not what came before. False when it does not fit." [zeros] counts the
    trailing zeros of a number. *)
Definition take {V} (same : V -> V -> bool) (zeros : Z -> Z) (most : nat) (o : open V) (s : slot V) : option (open V) :=
  let more := (if same (last_value o) (slot_value s) then [] else [(slot_first s, slot_value s)]) ++ slot_cuts s in
  let shift := fold_left (fun shift c => Z.min shift (zeros (fst c))) more (open_shift o) in
  if Nat.ltb most (List.length (open_cuts o) + List.length more) then None
  else if Z.shiftr (Z.shiftr (Z.lxor (open_first o) (slot_last s)) shift) window_bits =? 0
  then Some (Open (open_first o) (open_value o) (open_cuts o ++ more) shift)
  else None.

(** Slots that are offered one after the other; those that do not fit go elsewhere. *)
Fixpoint take_all {V} same zeros most (o : open V) (ss : list (slot V)) : open V * list (slot V) :=
  match ss with
  | [] => (o, [])
  | s :: rest =>
      match take same zeros most o s with
      | Some more => let (last, taken) := take_all same zeros most more rest in (last, s :: taken)
      | None => take_all same zeros most o rest
      end
  end.

(** The lookup in the closed bucket. *)
Definition value_by_windows {V} (o : open V) (x : Z) : V :=
  by_rank (open_value o) (open_cuts o) (rank (map (fun c => window (open_shift o) (fst c)) (open_cuts o)) (window (open_shift o) x)).

(** What a slot is: its cuts ascend inside it, and its values are those of a function. *)
Definition slot_of {V} (f : Z -> V) (s : slot V) : Prop :=
  slot_first s <= slot_last s
  /\ StronglySorted Z.lt (map fst (slot_cuts s))
  /\ (forall c, In c (slot_cuts s) -> slot_first s < fst c <= slot_last s)
  /\ forall x, slot_first s <= x <= slot_last s -> value_at (slot_value s) (slot_cuts s) x = f x.

(** Slots come in the sequence of their addresses, from an address on. *)
Fixpoint ascend_from {V} (from : Z) (ss : list (slot V)) : Prop :=
  match ss with [] => True | s :: rest => from <= slot_first s /\ ascend_from (slot_last s + 1) rest end.

Lemma value_at_app {V} (o : V) a b x : value_at o (a ++ b) x = value_at (value_at o a x) b x.
Proof. unfold value_at. apply fold_left_app. Qed.

Lemma value_behind {V} (o : V) cuts x : (forall c, In c cuts -> fst c <= x) -> value_at o cuts x = List.last (map snd cuts) o.
Proof.
  revert o. induction cuts as [|[c u] rest IH]; intros o B; [reflexivity|]. rewrite value_at_cons.
  replace (c <=? x) with true by (symmetry; apply Z.leb_le, (B (c, u)); left; reflexivity).
  rewrite IH by (intros d I; apply B; right; exact I). clear. cbn [map snd]. generalize (map snd rest) as l. intros l. revert o u.
  induction l as [|v l IHl]; intros o u; [reflexivity|]. cbn [List.last] in *. destruct l; [reflexivity|]. apply IHl.
Qed.

(** What holds of an open bucket up to an address, and of the addresses of the slots that it took. *)
Record sound {V} (f : Z -> V) (o : open V) (upto : Z) (mine : Z -> Prop) : Prop := Sound {
  sound_upto : open_first o <= upto;
  sound_shift : 0 <= open_shift o;
  sound_sorted : StronglySorted Z.lt (map fst (open_cuts o));
  sound_inside : forall c, In c (open_cuts o) -> open_first o <= fst c <= upto;
  sound_bits : forall c, In c (open_cuts o) -> fst c mod 2 ^ open_shift o = 0;
  sound_mine : forall x, mine x -> open_first o <= x <= upto;
  sound_window : open_first o / 2 ^ (open_shift o + window_bits) = upto / 2 ^ (open_shift o + window_bits);
  sound_values : forall x, mine x -> value_at (open_value o) (open_cuts o) x = f x
}.

Lemma sound_by_windows {V} (f : Z -> V) o upto mine x : sound f o upto mine -> mine x -> value_by_windows o x = f x.
Proof.
  intros [U P S I B M W F] X. unfold value_by_windows. rewrite (rank_by_windows (open_shift o) (open_first o) upto); auto.
  - rewrite by_rank_is_value by exact S. apply F, X.
  - unfold window_suffices. rewrite !andb_true_iff, Z.leb_le, Z.eqb_eq, forallb_forall. repeat split; auto.
    intros c J. apply Z.eqb_eq, B, J.
Qed.

Lemma least_zeros {V} (zeros : Z -> Z) (more : list (Z * V)) shift :
  (forall c, 0 <= zeros c) -> 0 <= shift ->
  let least := fold_left (fun shift c => Z.min shift (zeros (fst c))) more shift in
  0 <= least <= shift /\ forall c, In c more -> least <= zeros (fst c).
Proof.
  intros Z0. revert shift. induction more as [|c more IH]; intros shift P; simpl; [split; [lia | tauto]|].
  specialize (Z0 (fst c)) as Zc. destruct (IH (Z.min shift (zeros (fst c)))) as [L A]; [lia|]. split; [lia|].
  intros d [<- | I]; [lia | apply A, I].
Qed.

Lemma fewer_zeros c k n : 0 <= n <= k -> c mod 2 ^ k = 0 -> c mod 2 ^ n = 0.
Proof.
  intros L M. assert (P : forall m, 0 <= m -> 0 < 2 ^ m) by (intros; apply Z.pow_pos_nonneg; lia).
  apply Z.mod_divide; [specialize (P n); lia|]. apply Z.mod_divide in M; [|specialize (P k); lia].
  eapply Z.divide_trans; [|exact M]. exists (2 ^ (k - n)). rewrite <- Z.pow_add_r by lia. f_equal. lia.
Qed.

Lemma same_window a b shift :
  0 <= shift -> Z.shiftr (Z.shiftr (Z.lxor a b) shift) window_bits = 0 -> a / 2 ^ (shift + window_bits) = b / 2 ^ (shift + window_bits).
Proof.
  intros P E. rewrite Z.shiftr_shiftr in E by (unfold window_bits; lia). rewrite Z.shiftr_lxor in E. apply Z.lxor_eq in E.
  rewrite !Z.shiftr_div_pow2 in E by (unfold window_bits; lia). exact E.
Qed.

Lemma sorted_app l m :
  StronglySorted Z.lt l -> StronglySorted Z.lt m -> (forall a b, In a l -> In b m -> a < b) -> StronglySorted Z.lt (l ++ m).
Proof.
  induction l as [|x l IH]; intros L M A; [exact M|]. apply StronglySorted_inv in L. destruct L as [L F]. simpl. constructor.
  - apply IH; auto. intros a b I J. apply A; [right; exact I | exact J].
  - rewrite Forall_forall in *. intros y I. apply in_app_iff in I. destruct I as [I | I]; [apply F, I | apply A; [left; reflexivity | exact I]].
Qed.

Lemma take_keeps_sound {V} (f : Z -> V) same zeros most o s more upto mine :
  (forall a b, same a b = true -> a = b) -> (forall c, 0 <= zeros c /\ c mod 2 ^ zeros c = 0) ->
  sound f o upto mine -> slot_of f s -> upto < slot_first s \/ (open_cuts o = [] /\ slot_first s = open_first o /\ forall x, ~ mine x) ->
  take same zeros most o s = Some more ->
  sound f more (slot_last s) (fun x => mine x \/ slot_first s <= x <= slot_last s) /\ open_first more = open_first o.
Proof.
  intros eq Zs [U P S I B M W F] (L & Ss & Is & Fs) after. unfold take.
  set (start := if same (last_value o) (slot_value s) then [] else [(slot_first s, slot_value s)]).
  assert (St : forall c, In c start -> fst c = slot_first s) by (unfold start; destruct (same _ _); [intros c [] | intros c [<- | []]; reflexivity]).
  destruct (least_zeros zeros (start ++ slot_cuts s) (open_shift o) (fun c => proj1 (Zs c)) P) as [Sh A]. cbv zeta in Sh, A.
  set (shift := fold_left _ (start ++ slot_cuts s) (open_shift o)) in *. destruct (Nat.ltb _ _); [discriminate|].
  destruct (Z.shiftr _ window_bits =? 0) eqn:E; [|discriminate]. intros [= <-]. apply Z.eqb_eq in E. apply same_window in E; [|lia].
  split; [|reflexivity].
  assert (old : forall c, In c (open_cuts o) -> fst c < slot_first s).
  { intros c J. destruct after as [G | (N & _)]; [specialize (I c J); lia | rewrite N in J; destruct J]. }
  assert (begins : open_first o <= slot_first s) by (destruct after as [G | (_ & -> & _)]; lia).
  constructor; cbn [open_first open_value open_cuts open_shift].
  - lia.
  - lia.
  - rewrite map_app. apply sorted_app; [exact S | |].
    + rewrite map_app. apply sorted_app; [|exact Ss|].
      * unfold start. destruct (same _ _); repeat constructor.
      * intros a b J K. apply in_map_iff in J, K. destruct J as (c & <- & J), K as (d & <- & K). rewrite (St c J). apply Is, K.
    + intros a b J K. apply in_map_iff in J, K. destruct J as (c & <- & J), K as (d & <- & K). specialize (old c J).
      apply in_app_iff in K. destruct K as [K | K]; [rewrite (St d K); exact old | specialize (Is d K); lia].
  - intros c J. apply in_app_iff in J. destruct J as [J | J].
    + specialize (I c J). specialize (old c J). lia.
    + apply in_app_iff in J. destruct J as [J | J]; [rewrite (St c J); lia | specialize (Is c J); lia].
  - intros c J. apply in_app_iff in J. destruct J as [J | J].
    + apply (fewer_zeros _ (open_shift o)); [lia | apply B, J].
    + apply (fewer_zeros _ (zeros (fst c))); [split; [lia | apply A, J] | apply Zs].
  - intros x [X | X]; [specialize (M x X) | lia]. destruct after as [G | (_ & _ & N)]; [lia | destruct (N x X)].
  - exact E.
  - intros x X. rewrite value_at_app. destruct X as [X | X].
    + destruct after as [G | (_ & _ & N)]; [|destruct (N x X)]. rewrite value_at_before; [apply F, X|].
      specialize (M x X). intros c J. apply in_app_iff in J. destruct J as [J | J]; [rewrite (St c J); lia | specialize (Is c J); lia].
    + rewrite value_at_app. rewrite (value_behind (open_value o)) by (intros c J; specialize (old c J); lia).
      fold (last_value o). assert (V0 : value_at (last_value o) start x = slot_value s).
      { unfold start. destruct (same (last_value o) (slot_value s)) eqn:Q; [apply eq, Q|].
        rewrite value_at_cons. replace (slot_first s <=? x) with true by (symmetry; apply Z.leb_le; lia). reflexivity. }
      rewrite V0. apply Fs, X.
Qed.

Lemma take_all_sound {V} (f : Z -> V) same zeros most ss :
  (forall a b, same a b = true -> a = b) -> (forall c, 0 <= zeros c /\ c mod 2 ^ zeros c = 0) ->
  forall o upto mine, sound f o upto mine -> (forall s, In s ss -> slot_of f s) -> ascend_from (upto + 1) ss ->
  let (last, taken) := take_all same zeros most o ss in
  exists end_of, sound f last end_of (fun x => mine x \/ exists s, In s taken /\ slot_first s <= x <= slot_last s).
Proof.
  intros eq Zs. induction ss as [|s rest IH]; intros o upto mine So Sl Up; simpl.
  - exists upto. destruct So as [U P S I B M W F]. constructor; auto; intros x [X | (s & [] & _)]; auto.
  - destruct Up as [Up Rest].
    assert (Slr : forall r, In r rest -> slot_of f r) by (intros r I; apply Sl; right; exact I).
    destruct (take same zeros most o s) as [more|] eqn:T.
    + destruct (take_keeps_sound f same zeros most o s more upto mine eq Zs So (Sl s (or_introl eq_refl))) as [Sm _]; [left; lia | exact T|].
      specialize (IH more (slot_last s) _ Sm Slr Rest). destruct (take_all same zeros most more rest) as [last taken].
      destruct IH as (e & [U P S I B M W F]). exists e.
      assert (same_mine : forall x, (mine x \/ exists r, In r (s :: taken) /\ slot_first r <= x <= slot_last r) ->
        (mine x \/ slot_first s <= x <= slot_last s) \/ exists r, In r taken /\ slot_first r <= x <= slot_last r).
      { intros x [X | (r & [<- | J] & X)]; [auto | auto |]. right. exists r. auto. }
      constructor; auto.
    + apply (IH o upto mine So Slr). destruct (Sl s (or_introl eq_refl)) as (L & _). clear -Up Rest L.
      destruct rest as [|r rest]; [exact I|]. simpl in *. destruct Rest as [R Rest]. split; [lia | exact Rest].
Qed.

(** A bucket is opened for a slot, which it takes, and is then offered others, behind that one and in their sequence. Whichever it takes,
    the lookup by windows says in each slot that it took what the segments say there. *)
Theorem what_a_bucket_takes_its_windows_tell {V} (f : Z -> V) same zeros most shift s ss o :
  (forall a b, same a b = true -> a = b) -> (forall c, 0 <= zeros c /\ c mod 2 ^ zeros c = 0) -> 0 <= shift ->
  (forall r, In r (s :: ss) -> slot_of f r) -> ascend_from (slot_last s + 1) ss ->
  take same zeros most (Open (slot_first s) (slot_value s) [] shift) s = Some o ->
  let (last, taken) := take_all same zeros most o ss in
  forall r x, In r (s :: taken) -> slot_first r <= x <= slot_last r -> value_by_windows last x = f x.
Proof.
  intros eq Zs P Sl Up T.
  assert (So : sound f (Open (slot_first s) (slot_value s) [] shift) (slot_first s) (fun _ => False)).
  { constructor; simpl; try tauto; try lia. constructor. }
  destruct (take_keeps_sound f same zeros most _ s o _ _ eq Zs So (Sl s (or_introl eq_refl))) as [Sm _]; [right; simpl; auto | exact T|].
  assert (A := take_all_sound f same zeros most ss eq Zs o (slot_last s) _ Sm (fun r I => Sl r (or_intror I)) Up).
  destruct (take_all same zeros most o ss) as [last taken]. destruct A as (e & A). intros r x J X.
  apply (sound_by_windows f last e _ x A). destruct J as [<- | J]; [auto | right; eauto].
Qed.
