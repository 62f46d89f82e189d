(** The trie of segments: tables, nodes, buckets and what they share, for every choice of strides: `net::trie`. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted.
From Bailiwick.Algorithms Require Import Boundaries Segments.
Import ListNotations.
Open Scope Z_scope.

(** * Segments between two addresses *)

Definition between {V} (lo hi : Z) (segments : list (Z * V)) : list (Z * V) :=
  filter (fun s => (lo <? fst s) && (fst s <=? hi)) segments.

Lemma value_at_cons {V} (o : V) c u rest x : value_at o ((c, u) :: rest) x = value_at (if c <=? x then u else o) rest x.
Proof. reflexivity. Qed.

Lemma value_at_filter {V} p (o : V) segments x :
  (forall s, In s segments -> p s = false -> x < fst s) -> value_at o (filter p segments) x = value_at o segments x.
Proof.
  revert o. induction segments as [|[c u] rest IH]; intros o H; [reflexivity|]. simpl filter. destruct (p (c, u)) eqn:P.
  - rewrite !value_at_cons. apply IH. intros s I. apply H. right. exact I.
  - rewrite value_at_cons. specialize (H (c, u) (or_introl eq_refl) P) as L. simpl in L.
    replace (c <=? x) with false by (symmetry; apply Z.leb_gt; lia). apply IH. intros s I. apply H. right. exact I.
Qed.

Lemma value_at_before {V} (o : V) segments x : (forall s, In s segments -> x < fst s) -> value_at o segments x = o.
Proof.
  intros H. apply value_at_start. intros c I. apply in_map_iff in I. destruct I as (s & <- & I). apply H, I.
Qed.

Lemma sorted_above {V} c (u : V) rest s :
  StronglySorted Z.lt (map fst ((c, u) :: rest)) -> In s rest -> c < fst s.
Proof.
  intros S I. apply StronglySorted_inv in S. destruct S as [_ F]. rewrite Forall_forall in F. apply F, in_map, I.
Qed.

Lemma value_at_from {V} (o : V) segments lo x :
  StronglySorted Z.lt (map fst segments) -> lo <= x ->
  value_at (value_at o segments lo) (filter (fun s => lo <? fst s) segments) x = value_at o segments x.
Proof.
  revert o. induction segments as [|[c u] rest IH]; intros o S L; [reflexivity|].
  assert (A := fun s => sorted_above c u rest s S). simpl in S. apply StronglySorted_inv in S. destruct S as [S _].
  rewrite !value_at_cons. simpl filter. destruct (Z.ltb_spec lo c) as [G | G].
  - replace (c <=? lo) with false by (symmetry; apply Z.leb_gt; lia).
    rewrite value_at_cons, (value_at_before o rest lo) by (intros s I; specialize (A s I); lia).
    apply value_at_filter. intros s I P. apply Z.ltb_ge in P. specialize (A s I). lia.
  - replace (c <=? lo) with true by (symmetry; apply Z.leb_le; lia).
    replace (c <=? x) with true by (symmetry; apply Z.leb_le; lia). apply IH; auto.
Qed.

(** The value at the start of a block and the cuts inside say the value at each address of the block. *)
Lemma value_in_block {V} (o : V) segments lo hi x :
  StronglySorted Z.lt (map fst segments) -> lo <= x <= hi ->
  value_at (value_at o segments lo) (between lo hi segments) x = value_at o segments x.
Proof.
  intros S [L H]. rewrite <- (value_at_from o segments lo x S L). unfold between.
  assert (E : filter (fun s : Z * V => (lo <? fst s) && (fst s <=? hi)) segments
            = filter (fun s => fst s <=? hi) (filter (fun s => lo <? fst s) segments)).
  { clear. induction segments as [|s rest IH]; [reflexivity|]. simpl. destruct (lo <? fst s); simpl; [|exact IH].
    destruct (fst s <=? hi); [f_equal|]; exact IH. }
  rewrite E. apply value_at_filter. intros s _ P. apply Z.leb_gt in P. lia.
Qed.

Lemma between_sorted {V} lo hi (segments : list (Z * V)) :
  StronglySorted Z.lt (map fst segments) -> StronglySorted Z.lt (map fst (between lo hi segments)).
Proof.
  induction segments as [|[c u] rest IH]; intros S; [constructor|]. simpl in S. apply StronglySorted_inv in S. destruct S as [S F].
  unfold between. simpl. destruct (_ && _); [|apply IH, S]. simpl. constructor; [apply IH, S|].
  rewrite Forall_forall in *. intros d I. apply F. apply in_map_iff in I. destruct I as (s & <- & I). apply in_map.
  apply filter_In in I. apply I.
Qed.

(** * Buckets *)

(** The values before, between and after the cuts, by the number of cuts at or before the address. *)
Definition by_rank {V} (v : V) (cuts : list (Z * V)) (n : nat) : V := nth n (v :: map snd cuts) v.

Lemma by_rank_is_value {V} (v : V) cuts x :
  StronglySorted Z.lt (map fst cuts) -> by_rank v cuts (rank (map fst cuts) x) = value_at v cuts x.
Proof.
  unfold by_rank.
  assert (G : forall d, StronglySorted Z.lt (map fst cuts) -> nth (rank (map fst cuts) x) (v :: map snd cuts) d = value_at v cuts x).
  { revert v. induction cuts as [|[c u] rest IH]; intros v d S; [reflexivity|].
    assert (A := fun s => sorted_above c u rest s S). simpl in S. apply StronglySorted_inv in S. destruct S as [S F].
    rewrite value_at_cons. unfold rank. simpl. destruct (Z.leb_spec c x) as [L | L].
    - simpl. apply (IH u d S).
    - assert (N : rank (map fst rest) x = 0%nat).
      { apply rank_none. intros b I. rewrite Forall_forall in F. specialize (F b I). lia. }
      fold (rank (map fst rest) x). rewrite N. simpl. symmetry. apply value_at_before. intros s I. specialize (A s I). lia. }
  apply G.
Qed.

Definition window_bits : Z := 15.

(** Cuts that agree in all bits but those of one window. *)
Definition window (shift x : Z) : Z := (x / 2 ^ shift) mod 2 ^ window_bits.

(** Whether the windows of a block's cuts suffice: all addresses of the block have the bits above in common, and cuts no bits below. *)
Definition window_suffices {V} (shift from to : Z) (cuts : list (Z * V)) : bool :=
  (0 <=? shift) && (from / 2 ^ (shift + window_bits) =? to / 2 ^ (shift + window_bits))
  && forallb (fun c => fst c mod 2 ^ shift =? 0) cuts.

Lemma same_quotient a b c k : 0 < k -> a <= b <= c -> a / k = c / k -> b / k = a / k.
Proof.
  intros K [L U] E. assert (X := Z.div_le_mono a b k K L). assert (Y := Z.div_le_mono b c k K U). lia.
Qed.

Lemma window_order shift from to c x :
  0 <= shift -> from / 2 ^ (shift + window_bits) = to / 2 ^ (shift + window_bits) -> c mod 2 ^ shift = 0 ->
  from <= c <= to -> from <= x <= to -> (window shift c <= window shift x <-> c <= x).
Proof.
  intros P Q M C X. unfold window.
  assert (K : 0 < 2 ^ shift) by (apply Z.pow_pos_nonneg; lia).
  assert (W : 0 < 2 ^ window_bits) by (unfold window_bits; reflexivity).
  assert (S : 2 ^ (shift + window_bits) = 2 ^ shift * 2 ^ window_bits) by (apply Z.pow_add_r; unfold window_bits; lia).
  assert (KW : 0 < 2 ^ (shift + window_bits)) by (rewrite S; apply Z.mul_pos_pos; assumption).
  assert (Ec := same_quotient from c to _ KW C Q). assert (Ex := same_quotient from x to _ KW X Q).
  rewrite S in Ec, Ex. rewrite <- !Z.div_div in Ec, Ex by lia.
  set (k := 2 ^ shift) in *. set (w := 2 ^ window_bits) in *. clearbody k w.
  assert (Dc := Z.div_mod (c / k) w). assert (Dx := Z.div_mod (x / k) w).
  assert (Hc := Z.div_mod c k). assert (Hx := Z.div_mod x k).
  assert (Bx := Z.mod_pos_bound x k K).
  assert (T : c / k <= x / k <-> c <= x).
  { split; intros L; [nia|]. apply Z.div_le_mono; lia. }
  rewrite <- T. lia.
Qed.

Lemma rank_by_windows {V} shift from to (cuts : list (Z * V)) x :
  window_suffices shift from to cuts = true -> (forall c, In c cuts -> from <= fst c <= to) -> from <= x <= to ->
  rank (map (fun c => window shift (fst c)) cuts) (window shift x) = rank (map fst cuts) x.
Proof.
  unfold window_suffices. rewrite !andb_true_iff, Z.leb_le, Z.eqb_eq, forallb_forall. intros [[P Q] M] I X.
  induction cuts as [|c cuts IH]; [reflexivity|]. unfold rank in *. simpl.
  replace (window shift (fst c) <=? window shift x) with (fst c <=? x).
  - destruct (fst c <=? x); simpl; rewrite IH; auto; intros d J; try (apply M; right; exact J); apply I; right; exact J.
  - apply eq_true_iff_eq. rewrite !Z.leb_le. symmetry. apply (window_order shift from to); auto.
    + apply Z.eqb_eq, M. left. reflexivity.
    + apply I. left. reflexivity.
Qed.

(** ** Lanes *)

(** A word of lanes of 16 bits. *)
Definition lane : Z := 2 ^ 16.
Definition guard : Z := 2 ^ window_bits.
Fixpoint word (lanes : list Z) : Z := match lanes with [] => 0 | l :: rest => l + lane * word rest end.

(** The lane of a cut, and that of no cut: "a lane without a cut has its guard bit set, so that no address reaches it". *)
Definition lane_of (cut : option Z) : Z := match cut with Some w => w | None => guard end.

Definition reached_lane (w : Z) (cut : option Z) : bool := match cut with Some c => c <=? w | None => false end.

(** "The guard bit set above the address's window survives the subtraction of a cut that is not above it": one subtraction of whole
    words does so in every lane, and no lane borrows from the next. *)
Theorem one_subtraction_compares_all_lanes (w : Z) (cuts : list (option Z)) :
  0 <= w < guard -> (forall c, In (Some c) cuts -> 0 <= c < guard) ->
  exists lanes,
    word (map (fun _ => w + guard) cuts) - word (map lane_of cuts) = word lanes
    /\ Forall2 (fun l cut => 0 <= l < lane /\ Z.testbit l window_bits = reached_lane w cut) lanes cuts.
Proof.
  intros W. assert (G : guard = 32768 /\ lane = 65536) by (split; reflexivity). destruct G as [G L].
  induction cuts as [|cut cuts IH]; intros C; [exists []; split; [reflexivity | constructor]|].
  destruct IH as (lanes & E & F); [intros c I; apply C; right; exact I|].
  exists (w + guard - lane_of cut :: lanes). split; [cbn [map word]; rewrite <- E; ring|]. constructor; [|exact F].
  assert (B : 0 <= w + guard - lane_of cut < lane /\ (reached_lane w cut = true <-> guard <= w + guard - lane_of cut)).
  { destruct cut as [c|]; simpl.
    - specialize (C c (or_introl eq_refl)). rewrite Z.leb_le. lia.
    - split; [lia|]. split; [discriminate | lia]. }
  destruct B as [B R]. split; [exact B|]. set (l := w + guard - lane_of cut) in *. clearbody l.
  apply eq_true_iff_eq. rewrite R. rewrite Z.testbit_true by (unfold window_bits; lia). fold guard. rewrite G, L in *.
  assert (H : 0 <= l / 32768 < 2).
  { split; [apply Z.div_pos; lia | apply Z.div_lt_upper_bound; lia]. }
  rewrite Z.mod_small by lia. split; intros D.
  - destruct (Z.le_gt_cases 32768 l); [assumption|]. rewrite Z.div_small in D by lia. lia.
  - assert (1 <= l / 32768) by (apply Z.div_le_lower_bound; lia). lia.
Qed.

(** * The trie *)

(** A bucket has the window of its cuts, or none where windows do not suffice. A table has slots of one size from an origin on; as a
    node it also has the values to both sides. *)
Inductive trie (V : Type) :=
| Leaf (v : V)
| Bucket (v : V) (shift : option Z) (cuts : list (Z * V))
| Table (origin size : Z) (before : V) (slots : list (trie V)) (after : V).
Arguments Leaf {V}.
Arguments Bucket {V}.
Arguments Table {V}.

Fixpoint look_up {V} (t : trie V) (x : Z) : V :=
  match t with
  | Leaf v => v
  | Bucket v (Some shift) cuts => by_rank v cuts (rank (map (fun c => window shift (fst c)) cuts) (window shift x))
  | Bucket v None cuts => by_rank v cuts (rank (map fst cuts) x)
  | Table origin size before slots after =>
      if x <? origin then before
      else (fix slot (slots : list (trie V)) (n : nat) : V :=
              match slots, n with
              | [], _ => after
              | t :: _, O => look_up t x
              | _ :: rest, S n => slot rest n
              end) slots (Z.to_nat ((x - origin) / size))
  end.

(** How the builder deals with a block: a table or node, or a bucket that it may share with the slots beside it, from an address to
    another. *)
Inductive choice := InTable (origin size : Z) (count : nat) | InBucket (from to shift : Z).

(** Builds the trie of a block. The choices may be any: one that does not suit the cuts is not followed. *)
Fixpoint build {V} (choose : Z -> Z -> choice) (fuel : nat) (outside : V) (segments : list (Z * V)) (lo hi : Z) : trie V :=
  let plain := Bucket (value_at outside segments lo) None (between lo hi segments) in
  match between lo hi segments with
  | [] => Leaf (value_at outside segments lo)
  | cuts =>
      match fuel, choose lo hi with
      | S fuel, InTable origin size count =>
          let stop := origin + size * Z.of_nat count in
          if (0 <? size) && forallb (fun c => (origin <=? fst c) && (fst c <=? stop)) cuts
          then Table origin size (value_at outside segments lo)
                 (map (fun n => let first := origin + size * Z.of_nat n in build choose fuel outside segments first (first + size - 1))
                      (seq 0 count))
                 (value_at outside segments hi)
          else plain
      | _, InBucket from to shift =>
          if (from <=? lo) && (hi <=? to) && window_suffices shift from to (between from to segments)
          then Bucket (value_at outside segments from) (Some shift) (between from to segments)
          else plain
      | O, InTable _ _ _ => plain
      end
  end.

Lemma slot_is {V} (after : V) (f : nat -> trie V) x count start n :
  (fix slot (slots : list (trie V)) (n : nat) : V :=
     match slots, n with [], _ => after | t :: _, O => look_up t x | _ :: rest, S n => slot rest n end)
    (map f (seq start count)) n
  = if Nat.ltb n count then look_up (f (start + n)%nat) x else after.
Proof.
  revert start n. induction count as [|count IH]; intros start n; [destruct n; reflexivity|]. simpl. destruct n as [|n].
  - rewrite Nat.add_0_r. reflexivity.
  - rewrite IH. replace (S start + n)%nat with (start + S n)%nat by lia. reflexivity.
Qed.

Lemma between_in {V} lo hi (segments : list (Z * V)) c : In c (between lo hi segments) -> lo < fst c <= hi.
Proof. unfold between. rewrite filter_In, andb_true_iff, Z.ltb_lt, Z.leb_le. tauto. Qed.

Lemma value_between {V} (o : V) segments lo hi x y :
  StronglySorted Z.lt (map fst segments) -> lo <= x -> x <= y -> y <= hi ->
  (forall c, In c (between lo hi segments) -> fst c <= x \/ y < fst c) -> value_at o segments x = value_at o segments y.
Proof.
  intros S L M H N. rewrite <- (value_in_block o segments lo hi x S), <- (value_in_block o segments lo hi y S) by lia.
  apply value_at_between. intros c I. apply in_map_iff in I. destruct I as (s & <- & I). destruct (N s I); lia.
Qed.

(** Whatever tables, strides, nodes and shared buckets are chosen, the trie says at each address what its segments say. *)
Theorem any_trie_says_what_its_segments_say {V} choose fuel (outside : V) segments lo hi x :
  StronglySorted Z.lt (map fst segments) -> lo <= x <= hi ->
  look_up (build choose fuel outside segments lo hi) x = value_at outside segments x.
Proof.
  intros S. revert lo hi. induction fuel as [|fuel IH]; intros lo hi X;
    assert (whole := value_in_block outside segments lo hi x S X);
    assert (plain : look_up (Bucket (value_at outside segments lo) None (between lo hi segments)) x = value_at outside segments x)
      by (simpl; rewrite by_rank_is_value by (apply between_sorted, S); exact whole);
    assert (bucket : forall from to shift, (from <=? lo) && (hi <=? to) && window_suffices shift from to (between from to segments) = true ->
      look_up (Bucket (value_at outside segments from) (Some shift) (between from to segments)) x = value_at outside segments x)
      by (intros from to shift B; rewrite !andb_true_iff, !Z.leb_le in B; destruct B as [[F T] B]; simpl;
          rewrite (rank_by_windows shift from to) by (solve [exact B | intros c I; apply between_in in I; lia | lia]);
          rewrite by_rank_is_value by (apply between_sorted, S); apply value_in_block; [exact S | lia]);
    cbn [build]; destruct (between lo hi segments) as [|c cuts] eqn:E; try exact whole; rewrite <- E in *.
  - destruct (choose lo hi) as [origin size count | from to shift]; [exact plain|].
    destruct ((from <=? lo) && (hi <=? to) && window_suffices shift from to (between from to segments)) eqn:B; [apply bucket, B | exact plain].
  - destruct (choose lo hi) as [origin size count | from to shift].
    + destruct ((0 <? size) && forallb _ (between lo hi segments)) eqn:B; [|exact plain].
      rewrite andb_true_iff, Z.ltb_lt, forallb_forall in B. destruct B as [P B]. cbn [look_up].
      assert (inside : forall d, In d (between lo hi segments) -> origin <= fst d <= origin + size * Z.of_nat count).
      { intros d I. specialize (B d I). rewrite andb_true_iff, !Z.leb_le in B. exact B. }
      destruct (Z.ltb_spec x origin) as [O | O].
      * apply (value_between outside segments lo hi); try lia; auto. intros d I. specialize (inside d I). right. lia.
      * rewrite slot_is. set (n := (x - origin) / size).
        assert (D := Z.div_mod (x - origin) size). assert (M := Z.mod_pos_bound (x - origin) size P). fold n in D.
        assert (N : 0 <= n) by (apply Z.div_pos; lia).
        destruct (Nat.ltb_spec (Z.to_nat n) count) as [T | T].
        -- rewrite Nat.add_0_l, Z2Nat.id by exact N. apply IH. lia.
        -- symmetry. apply (value_between outside segments lo hi); try lia; auto. intros d I. specialize (inside d I).
           left. assert (Z.of_nat count <= n) by lia. nia.
    + destruct ((from <=? lo) && (hi <=? to) && window_suffices shift from to (between from to segments)) eqn:B; [apply bucket, B | exact plain].
Qed.
