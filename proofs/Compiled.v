(** The compiled policy as a whole, of all its methods, and that it decides as the rule does: `compiled_equals_spec`. *)
From Coq Require Import Bool List ZArith Arith Lia Sorted Permutation String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsLocation TheoremsWorld Change.
From Bailiwick.Algorithms Require Import Boundaries Levels Segments Sets Resolve Trie Names.
Import ListNotations.
Open Scope Z_scope.

(** No proof here needs the numbers of special-purpose networks. *)
Local Opaque special_networks.

(** * The atlas *)

(** The segments of one source: its sweep, silent at special-purpose addresses unless it lists a backend's own networks. *)
Definition segments_of_source (f : family) (s : source) : list (Z * opinion) :=
  let own := Segments.merged opinion_eqb Silent (Resolve.sweep [] (sorted_events (events f (rows s)))) in
  if lists_own_networks s then own else masked opinion_eqb Silent (spans_in f special_networks) own.

(** The ranges of a family that sources exclude, joined. *)
Definition excluded_spans (f : family) (ss : list source) : spans :=
  normalized (spans_in f (map row_span (flat_map rows (filter excludes ss)))).

(** Those of all sources: their agreement, and unlocated wherever a source excludes. *)
Definition segments_of_all (f : family) (min : nat) (ss : list source) : list (Z * location) :=
  masked location_eqb Unlocated (excluded_spans f ss)
    (agreement_segments min (map (segments_of_source f) (speaking ss))).

(** A trie of each family, by any choice of tables and buckets. *)
Record shape := Shape { fuel : nat; choose : family -> Z -> Z -> choice; hash : string -> nat }.

(** Its locations are all that its segments have, with repetitions. *)
Record atlas := Atlas { trie4 : trie location; trie6 : trie location; locations : list location }.

Definition compile_atlas (h : shape) (min : nat) (ss : list source) : atlas :=
  let segments f := segments_of_all f min ss in
  let trie_of f := build (choose h f) (fuel h) Unlocated (segments f) 0 (top f) in
  Atlas (trie_of V4) (trie_of V6) (Unlocated :: map snd (segments V4) ++ map snd (segments V6)).

(** "IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is the IPv4 address, in data and in queries." *)
Definition locate_compiled (t : atlas) (a : address) : location :=
  let a := canonical a in
  Trie.look_up (match family_of a with V4 => trie4 t | V6 => trie6 t end) (number a).

(** * Orders *)

(** What an order in force is compiled to. Its area is the locations that it may reach; its narrowing, where it has networks or
    exemptions, is the boundaries of each family, in blocks of sixteen. *)
Record rule := Rule {
  rule_id : string;
  rule_effective : option Z;
  rule_expires : option Z;
  rule_jurisdiction : list region;
  rule_area : list location;
  rule_narrowing : option (family -> list Z * list (list (list Z)))
}.

(** Boundaries in a block. *)
Definition block : nat := 16.

(** `networks`, or all addresses, without `exempt`. *)
Definition remaining (o : order) (f : family) : spans :=
  minus (match networks o with [] => [(0, top f)] | ns => normalized (spans_in f ns) end) (normalized (spans_in f (exempt o))).

Definition narrowing (o : order) : option (family -> list Z * list (list (list Z))) :=
  match networks o, exempt o with
  | [], [] => None
  | _, _ => Some (fun f => let bs := boundaries (remaining o f) in tree (List.length bs) block bs)
  end.

(** Whether the order may reach a location, before its networks and exemptions. *)
Definition in_area gs (o : order) (l : location) : bool :=
  match l with Located r => issuer_covers gs o r && regions_admit o r | _ => false end.

(** An order by itself, on an atlas. *)
Definition compile_order gs (t : atlas) (o : order) : rule :=
  Rule (id o) (effective o) (expires o) (jurisdiction gs o) (filter (in_area gs o) (locations t)) (narrowing o).

(** * The policy *)

(** Orders in force, ascending by id: their places are their numbers. *)
Definition in_sequence (os : list order) : list order :=
  fold_right (insert_by id) [] (filter (fun o => is_in_force_status (order_status o)) os).

(** Each name of each order, with the number of the order. *)
Definition namings (which : order -> list string) (os : list order) : list naming :=
  flat_map (fun p => map (fun name => (name, snd p)) (which (fst p))) (combine os (seq 0 (List.length os))).

(** The atlas, the rules by their numbers, and the numbers by names: of meetings and of accounts. *)
Record policy := Policy { the_atlas : atlas; rules : list rule; by_meeting : table; by_account : table }.

Definition compile (h : shape) (w : world) : policy :=
  let os := in_sequence (orders (docket_of w)) in
  let t := compile_atlas h (min_sources w) (sources w) in
  Policy t (map (compile_order (groups (docket_of w)) t) os)
    (table_of (hash h) (namings meetings os)) (table_of (hash h) (namings accounts os)).

(** "`effective <= t < expires` (either bound may be absent)." *)
Definition window_holds (r : rule) (t : Z) : bool :=
  match rule_effective r with Some start => start <=? t | None => true end
  && match rule_expires r with Some stop => t <? stop | None => true end.

(** Whether the location is in the area, and the address between boundaries of the narrowing. *)
Definition rule_reaches (r : rule) (l : location) (a : address) : bool :=
  existsb (location_eqb l) (rule_area r)
  && match rule_narrowing r with
     | None => true
     | Some trees => let a := canonical a in Nat.odd (search_tree block (trees (family_of a)) (number a))
     end.

(** The decision: names are looked up, then the window, the area and the narrowing of each rule. *)
Definition decide_compiled (h : shape) (p : policy) (q : question) : verdict :=
  let numbers :=
    Names.merged (Names.look_up (hash h) (by_meeting p) (meeting q))
                 (match host q with Some a => Names.look_up (hash h) (by_account p) a | None => [] end) in
  let named := filter (fun r => window_holds r (at_time q))
                 (flat_map (fun n => match nth_error (rules p) n with Some r => [r] | None => [] end) numbers) in
  let l := locate_compiled (the_atlas p) (ip q) in
  verdict_of (map rule_id named)
    (map rule_id (filter (fun r => rule_reaches r l (ip q)) named))
    (map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) named)).

(** * What compiling demands *)

Definition ordered_spans (ss : list span) : Prop := forall s, In s ss -> first (read_span s) <= last (read_span s).

(** Ids are unique, and ranges have their ends in sequence: both are errors otherwise. *)
Record compiles (w : world) : Prop := Compiles {
  unique_ids : NoDup (map id (orders (docket_of w)));
  ranges_ordered : forall s, In s (sources w) -> ordered_rows (rows s);
  networks_ordered : forall o, In o (orders (docket_of w)) -> ordered_spans (networks o ++ exempt o)
}.

(** * Where addresses are *)

Lemma spans_in_ordered f ss : ordered_spans ss -> ordered (spans_in f ss).
Proof.
  intros O s I. unfold spans_in in I. apply in_flat_map in I. destruct I as (t & I & J). cbv zeta in J.
  destruct (family_eqb _ f); [|destruct J]. destruct J as [<- | []]. apply O, I.
Qed.

Lemma own_opinion f s x :
  ordered_rows (rows s) -> canonical (Address f x) = Address f x ->
  value_at Silent (segments_of_source f s) x = opinion_of s (Address f x).
Proof.
  intros O C. unfold segments_of_source, opinion_of.
  set (own := Segments.merged opinion_eqb Silent (Resolve.sweep [] (sorted_events (events f (rows s))))).
  assert (E : value_at Silent own x = opinion_of_rows (rows s) (Address f x)).
  { rewrite <- opinion_at_is by exact C. apply a_sweep_says_what_the_narrowest_ranges_say; auto;
      [apply sorted_events_permuted | apply sorted_events_sorted]. }
  cbv zeta. destruct (lists_own_networks s); simpl.
  - rewrite andb_false_r. exact E.
  - rewrite andb_true_r, a_mask_hides_its_ranges_alone by exact opinion_eqb_sound.
    unfold is_special. rewrite some_holds_number by exact C. destruct (member _ x); [reflexivity | exact E].
Qed.

Lemma excluded_is_member f ss x :
  (forall s, In s ss -> ordered_rows (rows s)) -> canonical (Address f x) = Address f x ->
  member (excluded_spans f ss) x = excluded ss (Address f x).
Proof.
  intros O C. unfold excluded_spans. rewrite normalizing_changes_no_address.
  - rewrite <- some_holds_number by exact C. apply eq_true_iff_eq. rewrite some_holds_iff. unfold excluded. rewrite existsb_exists. split.
    + intros (n & I & H). apply in_map_iff in I. destruct I as (r & <- & I). apply in_flat_map in I. destruct I as (s & I & J).
      apply filter_In in I. destruct I as [I X]. exists s. split; [exact I|]. rewrite X. apply existsb_exists. exists r. auto.
    + intros (s & I & H). apply andb_true_iff in H. destruct H as [X H]. apply existsb_exists in H. destruct H as (r & J & H).
      exists (row_span r). split; [|exact H]. apply in_map, in_flat_map. exists s. split; [apply filter_In; auto | exact J].
  - apply spans_in_ordered. intros n I. apply in_map_iff in I. destruct I as (r & <- & I). apply in_flat_map in I.
    destruct I as (s & I & J). apply filter_In in I. apply (O s (proj1 I) r J).
Qed.

Lemma segments_locate f min ss x :
  (forall s, In s ss -> ordered_rows (rows s)) -> canonical (Address f x) = Address f x ->
  value_at Unlocated (segments_of_all f min ss) x = locate min ss (Address f x).
Proof.
  intros O C. unfold segments_of_all, locate. rewrite a_mask_hides_its_ranges_alone by exact location_eqb_sound.
  rewrite excluded_is_member by assumption. destruct (excluded ss (Address f x)); [reflexivity|].
  rewrite agreement_by_segments_equals_by_address. f_equal. unfold opinions. rewrite map_map. apply map_ext_in.
  intros s I. apply own_opinion; [|exact C]. apply O. unfold speaking in I. apply filter_In in I. apply I.
Qed.

Lemma merged_sorted {V} same (before : V) segments :
  StronglySorted Z.lt (map fst segments) -> StronglySorted Z.lt (map fst (Segments.merged same before segments)).
Proof.
  revert before.
  assert (inside : forall l (b : V) c, In c (map fst (Segments.merged same b l)) -> In c (map fst l)).
  { induction l as [|[d u] l IH]; intros b c I; [exact I|]. simpl in I. destruct (same b u).
    - right. eapply IH, I.
    - destruct I as [<- | I]; [left; reflexivity | right; eapply IH, I]. }
  induction segments as [|[c v] l IH]; intros before S; [constructor|]. simpl in S. apply StronglySorted_inv in S. destruct S as [S F].
  simpl. destruct (same before v); [apply IH, S|]. simpl. constructor; [apply IH, S|].
  rewrite Forall_forall in *. intros d I. apply F, (inside l v), I.
Qed.

Lemma segments_of_sorted {V} same (outside : V) f cuts : StronglySorted Z.lt (map fst (segments_of same outside f cuts)).
Proof.
  apply merged_sorted. rewrite map_map. simpl. rewrite map_id. apply sorted_cuts_sorted.
Qed.

(** The trie of a compiled atlas locates each address where the rule does. *)
Theorem the_compiled_atlas_locates_as_the_rule_does h min ss a :
  (forall s, In s ss -> ordered_rows (rows s)) -> real (canonical a) ->
  locate_compiled (compile_atlas h min ss) a = locate min ss a.
Proof.
  intros O [C [L U]]. unfold locate_compiled, compile_atlas.
  assert (E : locate min ss a = locate min ss (canonical a)).
  { apply locate_by_ranges; intros; symmetry; apply holds_canonical. }
  rewrite E. clear E. destruct (canonical a) as [f x]. simpl in *.
  assert (T : Trie.look_up (build (choose h f) (fuel h) Unlocated (segments_of_all f min ss) 0 (top f)) x = locate min ss (Address f x)).
  { rewrite any_trie_says_what_its_segments_say; [apply segments_locate; assumption | | lia].
    unfold segments_of_all, masked. apply segments_of_sorted. }
  destruct f; exact T.
Qed.

Lemma value_at_in {V} (o : V) segments x : value_at o segments x = o \/ In (value_at o segments x) (map snd segments).
Proof.
  revert o. induction segments as [|[c u] rest IH]; intros o; [auto|]. rewrite value_at_cons.
  destruct (IH (if c <=? x then u else o)) as [E | I]; [|right; right; exact I].
  rewrite E. destruct (c <=? x); [right; left; reflexivity | left; reflexivity].
Qed.

Lemma location_is_listed h min ss a :
  (forall s, In s ss -> ordered_rows (rows s)) -> real (canonical a) -> In (locate min ss a) (locations (compile_atlas h min ss)).
Proof.
  intros O [C [L U]].
  assert (E : locate min ss a = locate min ss (canonical a)).
  { apply locate_by_ranges; intros; symmetry; apply holds_canonical. }
  rewrite E. clear E. destruct (canonical a) as [f x]. simpl in *. rewrite <- segments_locate by assumption.
  destruct (value_at_in Unlocated (segments_of_all f min ss) x) as [-> | I]; [left; reflexivity|].
  right. apply in_app_iff. destruct f; auto.
Qed.

(** * What orders reach *)

Lemma location_eqb_refl l : location_eqb l l = true.
Proof. destruct l; simpl; auto. apply region_eqb_refl. Qed.

Lemma area_holds gs t o l :
  In l (locations t) -> existsb (location_eqb l) (rule_area (compile_order gs t o)) = in_area gs o l.
Proof.
  intros I. apply eq_true_iff_eq. rewrite existsb_exists. simpl. split.
  - intros (k & J & E). apply location_eqb_sound in E. subst k. apply filter_In in J. apply J.
  - intros H. exists l. split; [apply filter_In; auto | apply location_eqb_refl].
Qed.

Lemma some_low (ss : spans) : exists low, forall s, In s ss -> low < fst s.
Proof.
  induction ss as [|t ss (low & H)]; [exists 0; intros t []|]. exists (Z.min low (fst t - 1)).
  intros u [<- | I]; [lia | specialize (H u I); lia].
Qed.

Lemma boundaries_sorted low ss : apart_from low ss -> StronglySorted Z.lt (boundaries ss) /\ forall b, In b (boundaries ss) -> low < b.
Proof.
  revert low. induction ss as [|[f l] rest IH]; intros low A; [split; [constructor | intros b []]|]. simpl in A.
  destruct A as (F & O & A). destruct (IH (l + 1) A) as [S B]. cbn [boundaries flat_map fst snd app]. fold (boundaries rest). split.
  - constructor; [constructor; [exact S|]|].
    + rewrite Forall_forall. exact B.
    + constructor; [lia|]. rewrite Forall_forall. intros b I. specialize (B b I). lia.
  - intros b [<- | [<- | I]]; [exact F | lia|]. specialize (B b I). lia.
Qed.

Lemma networks_left o f x :
  ordered_spans (networks o ++ exempt o) -> canonical (Address f x) = Address f x -> 0 <= x <= top f ->
  Nat.odd (search_tree block (tree (List.length (boundaries (remaining o f))) block (boundaries (remaining o f))) x)
  = networks_admit o (Address f x) && negb (some_holds (exempt o) (Address f x)).
Proof.
  intros O C X.
  assert (On : ordered_spans (networks o)) by (intros s I; apply O, in_app_iff; auto).
  assert (Oe : ordered_spans (exempt o)) by (intros s I; apply O, in_app_iff; auto).
  set (ns := match networks o with [] => [(0, top f)] | _ => normalized (spans_in f (networks o)) end).
  assert (R : remaining o f = minus ns (normalized (spans_in f (exempt o)))) by (unfold remaining, ns; destruct (networks o); reflexivity).
  assert (N : exists low, apart_from low ns).
  { unfold ns. destruct (networks o) as [|n l]; [exists (-1); simpl; lia|].
    destruct (some_low (spans_in f (n :: l))) as (low & L). exists low.
    apply normalized_ranges_are_apart; [apply spans_in_ordered, On | exact L]. }
  assert (E : exists low, apart_from low (normalized (spans_in f (exempt o)))).
  { destruct (some_low (spans_in f (exempt o))) as (low & L). exists low.
    apply normalized_ranges_are_apart; [apply spans_in_ordered, Oe | exact L]. }
  destruct N as (low & N), E as (low' & E).
  assert (A := a_difference_is_apart low low' ns _ N E). rewrite <- R in A.
  rewrite searching_all_levels_finds_the_rank; [|unfold block; lia | apply (boundaries_sorted low), A].
  rewrite (an_odd_rank_means_inside low _ x A), R, (difference_is_exact low low' ns _ x N E). f_equal; [|f_equal].
  - unfold ns, networks_admit. destruct (networks o) as [|n l].
    + unfold member. simpl. rewrite orb_false_r. apply andb_true_iff. rewrite !Z.leb_le. lia.
    + rewrite normalizing_changes_no_address by (apply spans_in_ordered, On). symmetry. apply some_holds_number, C.
  - rewrite normalizing_changes_no_address by (apply spans_in_ordered, Oe). symmetry. apply some_holds_number, C.
Qed.

Lemma networks_admit_canonical o a : networks_admit o (canonical a) = networks_admit o a.
Proof. unfold networks_admit. destruct (networks o); [reflexivity | apply some_holds_canonical]. Qed.

Lemma compiled_reach gs t o l a :
  ordered_spans (networks o ++ exempt o) -> In l (locations t) -> real (canonical a) ->
  rule_reaches (compile_order gs t o) l a = reaches gs o l a.
Proof.
  intros O I [C [L U]]. unfold rule_reaches. rewrite area_holds by exact I.
  assert (E : reaches gs o l a = in_area gs o l && (networks_admit o a && negb (some_holds (exempt o) a))).
  { destruct l; simpl; auto. rewrite !andb_assoc. reflexivity. }
  rewrite E. f_equal. clear E. simpl. unfold narrowing.
  assert (T : Nat.odd (search_tree block (tree (List.length (boundaries (remaining o (family_of (canonical a))))) block
                (boundaries (remaining o (family_of (canonical a))))) (number (canonical a)))
            = networks_admit o a && negb (some_holds (exempt o) a)).
  { rewrite networks_left; [| exact O | destruct (canonical a); exact C | auto].
    replace (Address (family_of (canonical a)) (number (canonical a))) with (canonical a) by (destruct (canonical a); reflexivity).
    rewrite networks_admit_canonical, some_holds_canonical. reflexivity. }
  destruct (networks o) as [|n ns] eqn:N; [destruct (exempt o) as [|e es] eqn:X|]; [|exact T | exact T].
  unfold networks_admit. rewrite N. reflexivity.
Qed.

(** * Orders by their numbers *)

Lemma in_sequence_in o os : In o (in_sequence os) <-> In o os /\ order_status o = InForce.
Proof.
  assert (F : In o (filter (fun o => is_in_force_status (order_status o)) os) <-> In o os /\ order_status o = InForce).
  { rewrite filter_In. destruct (order_status o); simpl; intuition congruence. }
  rewrite <- F. unfold in_sequence. clear F. induction (filter _ os) as [|p l IH]; simpl; [tauto|]. rewrite insert_by_in, IH. intuition.
Qed.

Lemma in_sequence_sorted os : NoDup (map id os) -> StronglySorted less (map id (in_sequence os)).
Proof.
  intros D. unfold in_sequence.
  assert (U : NoDup (map id (filter (fun o => is_in_force_status (order_status o)) os))).
  { induction os as [|o os IH]; simpl in *; [constructor|]. apply NoDup_cons_iff in D. destruct D as [N D].
    destruct (is_in_force_status (order_status o)); [|apply IH, D]. simpl. constructor; [|apply IH, D].
    intros I. apply N. apply in_map_iff in I. destruct I as (p & <- & I). apply in_map. apply filter_In in I. apply I. }
  revert U. generalize (filter (fun o => is_in_force_status (order_status o)) os) as l. clear. intros l.
  induction l as [|o l IH]; simpl; intros U; [constructor|]. apply NoDup_cons_iff in U. destruct U as [N U].
  apply insert_by_sorted; [|apply IH, U]. intros I. apply N. apply in_map_iff in I. destruct I as (p & <- & I).
  assert (J : In p l); [|apply in_map, J]. clear -I. induction l as [|q l IH]; [exact I|]. simpl in I.
  apply insert_by_in in I. destruct I as [-> | I]; [left; reflexivity | right; apply IH, I].
Qed.

Lemma namings_in which os name n :
  In (name, n) (namings which os) <-> exists o, nth_error os n = Some o /\ In name (which o).
Proof.
  unfold namings.
  assert (G : forall start, In (name, (start + n)%nat) (flat_map (fun p => map (fun name => (name, snd p)) (which (fst p))) (combine os (seq start (List.length os))))
    <-> exists o, nth_error os n = Some o /\ In name (which o)); [|apply (G 0%nat)].
  revert n. induction os as [|o os IH]; intros n start; simpl.
  - split; [intros [] | intros (p & E & _); destruct n; discriminate].
  - rewrite in_app_iff, in_map_iff. simpl. destruct n as [|n].
    + simpl. split.
      * intros [(m & E & I) | I]; [exists o; split; [reflexivity|]; injection E as -> _; exact I|]. exfalso.
        apply in_flat_map in I. destruct I as ([p k] & I & J). apply in_combine_r in I. apply in_seq in I.
        apply in_map_iff in J. destruct J as (m & E & _). simpl in E. injection E as _ E. lia.
      * intros (p & [= <-] & I). left. exists name. split; [f_equal; lia | exact I].
    + simpl. rewrite <- (IH n (S start)). replace (S start + n)%nat with (start + S n)%nat by lia. split; [|auto].
      intros [(m & E & I) | I]; [injection E as _ E; lia | exact I].
Qed.

Definition pick {A} (l : list A) (numbers : list nat) : list A :=
  flat_map (fun n => match nth_error l n with Some r => [r] | None => [] end) numbers.

Lemma pick_in {A} (l : list A) numbers r : In r (pick l numbers) <-> exists n, In n numbers /\ nth_error l n = Some r.
Proof.
  unfold pick. rewrite in_flat_map. split; intros (n & I & E); exists n; (split; [exact I|]).
  - destruct (nth_error l n); [destruct E as [-> | []]; reflexivity | destruct E].
  - rewrite E. left. reflexivity.
Qed.

Lemma nth_less (l : list string) m n i j :
  StronglySorted less l -> (m < n)%nat -> nth_error l m = Some i -> nth_error l n = Some j -> less i j.
Proof.
  revert m n. induction l as [|x l IH]; intros m n S L I J; [destruct m; discriminate|].
  apply StronglySorted_inv in S. destruct S as [S F]. destruct n as [|n]; [lia|]. destruct m as [|m]; simpl in *.
  - injection I as <-. rewrite Forall_forall in F. apply F. eapply nth_error_In, J.
  - apply (IH m n); auto. lia.
Qed.

Lemma pick_sorted (rs : list rule) numbers :
  StronglySorted less (map rule_id rs) -> StronglySorted lt numbers -> StronglySorted less (map rule_id (pick rs numbers)).
Proof.
  intros S. induction numbers as [|n numbers IH]; intros N; [constructor|]. apply StronglySorted_inv in N. destruct N as [N F].
  unfold pick. simpl. fold (pick rs numbers). destruct (nth_error rs n) as [r|] eqn:E; [|apply IH, N]. simpl.
  constructor; [apply IH, N|]. rewrite Forall_forall in *. intros i I. apply in_map_iff in I. destruct I as (s & <- & I).
  apply pick_in in I. destruct I as (m & I & J). apply (nth_less (map rule_id rs) n m).
  - exact S.
  - apply F, I.
  - rewrite nth_error_map, E. reflexivity.
  - rewrite nth_error_map, J. reflexivity.
Qed.

Lemma filter_sorted (p : rule -> bool) rs : StronglySorted less (map rule_id rs) -> StronglySorted less (map rule_id (filter p rs)).
Proof.
  induction rs as [|r rs IH]; simpl; intros S; [constructor|]. apply StronglySorted_inv in S. destruct S as [S F].
  destruct (p r); [|apply IH, S]. simpl. constructor; [apply IH, S|]. rewrite Forall_forall in *. intros i I.
  apply F. apply in_map_iff in I. destruct I as (s & <- & I). apply in_map. apply filter_In in I. apply I.
Qed.

(** * The whole *)

(** What makes a policy that of some orders on an atlas: its rules are the orders in force, compiled, ascending by id, and its tables find
    by each name the numbers of the rules of the orders that name it. *)
Definition finds (h : shape) (t : table) (which : order -> list string) (rule_of : order -> rule) (rs : list rule) (os : list order) : Prop :=
  forall name,
    StronglySorted lt (Names.look_up (hash h) t name)
    /\ forall n, In n (Names.look_up (hash h) t name) <->
         exists o, In o os /\ order_status o = InForce /\ nth_error rs n = Some (rule_of o) /\ In name (which o).

Record represents (h : shape) gs (t : atlas) (os : list order) (p : policy) : Prop := Represents {
  on_atlas : the_atlas p = t;
  rules_ascend : StronglySorted less (map rule_id (rules p));
  rules_are : forall r, In r (rules p) <-> exists o, In o os /\ order_status o = InForce /\ r = compile_order gs t o;
  meetings_found : finds h (by_meeting p) meetings (compile_order gs t) (rules p) os;
  accounts_found : finds h (by_account p) accounts (compile_order gs t) (rules p) os
}.

(** A policy of a world, compiled as a whole or amended. *)
Definition is_policy_of (h : shape) (w : world) (p : policy) : Prop :=
  represents h (groups (docket_of w)) (compile_atlas h (min_sources w) (sources w)) (orders (docket_of w)) p.

(** The rules in force at the time that name the meeting or the account. *)
Definition found (h : shape) (p : policy) (q : question) : list rule :=
  filter (fun r => window_holds r (at_time q))
    (pick (rules p)
      (Names.merged (Names.look_up (hash h) (by_meeting p) (meeting q))
                    (match host q with Some a => Names.look_up (hash h) (by_account p) a | None => [] end))).

Lemma decide_by_found h p q :
  decide_compiled h p q
  = let l := locate_compiled (the_atlas p) (ip q) in
    verdict_of (map rule_id (found h p q)) (map rule_id (filter (fun r => rule_reaches r l (ip q)) (found h p q)))
      (map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) (found h p q))).
Proof. reflexivity. Qed.

Lemma compiled_windows gs t o x : order_status o = InForce -> window_holds (compile_order gs t o) x = in_force o x.
Proof. intros S. unfold in_force. rewrite S. reflexivity. Qed.

(** They are the rules of the orders named, ascending by id. *)
Lemma found_are_named h w t p q :
  represents h (groups (docket_of w)) t (orders (docket_of w)) p ->
  StronglySorted less (map rule_id (found h p q))
  /\ forall r, In r (found h p q) <-> exists o, r = compile_order (groups (docket_of w)) t o /\ In o (named (docket_of w) q).
Proof.
  intros [_ S A M C]. unfold found.
  set (of_host := match host q with Some a => Names.look_up (hash h) (by_account p) a | None => [] end).
  assert (H : StronglySorted lt of_host /\ forall n, In n of_host <-> exists o a, In o (orders (docket_of w)) /\ order_status o = InForce
    /\ nth_error (rules p) n = Some (compile_order (groups (docket_of w)) t o) /\ host q = Some a /\ In a (accounts o)).
  { unfold of_host. destruct (host q) as [a|].
    - destruct (C a) as [Sa Ia]. split; [exact Sa|]. intros n. rewrite Ia. split.
      + intros (o & I & F & E & J). exists o, a. auto.
      + intros (o & b & I & F & E & [= <-] & J). eauto.
    - split; [constructor|]. intros n. split; [intros [] | intros (o & a & _ & _ & _ & E & _); discriminate]. }
  clearbody of_host. destruct H as [Sh Ih], (M (meeting q)) as [Sm Im].
  destruct (merging_names_each_order_once _ _ Sm Sh) as [Sn In']. set (numbers := Names.merged _ of_host) in *. clearbody numbers.
  split; [apply filter_sorted, pick_sorted; assumption|].
  intros r. rewrite filter_In, pick_in. split.
  - intros [(n & I & E) W]. apply In' in I. rewrite Im, Ih in I.
    destruct I as [(o & I & F & E' & J) | (o & a & I & F & E' & H & J)]; rewrite E in E'; injection E' as ->; exists o;
      (split; [reflexivity|]); apply named_in; rewrite compiled_windows in W by exact F; (split; [exact I|]); (split; [exact W|]);
      apply names_iff; eauto.
  - intros (o & -> & I). apply named_in in I. destruct I as (I & T & N).
    assert (F : order_status o = InForce) by (apply in_force_iff in T; apply T). split; [|rewrite compiled_windows by exact F; exact T].
    assert (K : In (compile_order (groups (docket_of w)) t o) (rules p)) by (apply A; eauto).
    apply In_nth_error in K. destruct K as (n & K). exists n. split; [|exact K]. apply In'. rewrite Im, Ih.
    apply names_iff in N. destruct N as [N | (a & H & N)]; [left | right]; eauto 8.
Qed.

(** The ids of some of the rules found are those of the orders named that agree with them. *)
Lemma ids_of_found h w t p q (by_rule : rule -> bool) (by_order : order -> bool) :
  represents h (groups (docket_of w)) t (orders (docket_of w)) p ->
  (forall o, In o (orders (docket_of w)) -> by_rule (compile_order (groups (docket_of w)) t o) = by_order o) ->
  map rule_id (filter by_rule (found h p q)) = ids (filter by_order (named (docket_of w) q)).
Proof.
  intros P alike. destruct (found_are_named h w t p q P) as [S F].
  apply sorted_unique; [apply filter_sorted, S | apply ascending_sorted|]. intros i.
  rewrite in_map_iff. unfold ids. rewrite ascending_in, in_map_iff. split.
  - intros (r & <- & I). apply filter_In in I. destruct I as [I B]. apply F in I. destruct I as (o & -> & I). exists o.
    split; [reflexivity|]. apply filter_In. split; [exact I|]. rewrite <- alike; [exact B | apply named_in in I; apply I].
  - intros (o & <- & I). apply filter_In in I. destruct I as [I B]. exists (compile_order (groups (docket_of w)) t o).
    split; [reflexivity|]. apply filter_In. split; [apply F; eauto|]. rewrite alike; [exact B | apply named_in in I; apply I].
Qed.

Lemma all_filtered {A} (l : list A) : filter (fun _ => true) l = l.
Proof. induction l; simpl; congruence. Qed.

(** Such a policy decides as the rule does. *)
Lemma policy_decides h w p q :
  compiles w -> is_policy_of h w p -> real (canonical (ip q)) -> decide_compiled h p q = decide w q.
Proof.
  intros [_ rows_in_order nets] P R. rewrite decide_by_found. rewrite (on_atlas _ _ _ _ _ P). cbv zeta.
  rewrite the_compiled_atlas_locates_as_the_rule_does by assumption.
  assert (listed := location_is_listed h (min_sources w) (sources w) (ip q) rows_in_order R).
  unfold decide, decide_at, location_of. set (l := locate (min_sources w) (sources w) (ip q)) in *. clearbody l. f_equal.
  - rewrite <- (all_filtered (found h p q)), <- (all_filtered (named (docket_of w) q)).
    apply (ids_of_found h w _ p q _ _ P). reflexivity.
  - apply (ids_of_found h w _ p q _ _ P). intros o I. apply compiled_reach; auto.
  - apply (ids_of_found h w _ p q _ _ P). reflexivity.
Qed.

Lemma one_order_of_an_id os o p : NoDup (map id os) -> In o os -> In p os -> id o = id p -> o = p.
Proof.
  induction os as [|x os IH]; simpl; intros D I J E; [destruct I|]. apply NoDup_cons_iff in D. destruct D as [N D].
  destruct I as [<- | I], J as [<- | J]; auto; exfalso; apply N; [rewrite E | rewrite <- E]; apply in_map; assumption.
Qed.

Lemma table_finds h gs t os which :
  NoDup (map id os) ->
  finds h (table_of (hash h) (namings which (in_sequence os))) which (compile_order gs t) (map (compile_order gs t) (in_sequence os)) os.
Proof.
  intros D name. destruct (a_table_finds_the_orders_that_name (hash h) (namings which (in_sequence os)) name) as [S I].
  split; [exact S|]. intros n. rewrite I, namings_in. split.
  - intros (o & E & J). exists o. assert (K := nth_error_In _ _ E). apply in_sequence_in in K. destruct K as [K F].
    repeat split; auto. rewrite nth_error_map, E. reflexivity.
  - intros (o & K & F & E & J). rewrite nth_error_map in E. destruct (nth_error (in_sequence os) n) as [o'|] eqn:N; [|discriminate].
    injection E as E. exists o'. split; [reflexivity|]. assert (K' := nth_error_In _ _ N). apply in_sequence_in in K'.
    destruct K' as [K' _]. assert (o' = o) as ->; [|exact J]. apply (one_order_of_an_id os); auto.
Qed.

Lemma compile_is_policy_of h w : NoDup (map id (orders (docket_of w))) -> is_policy_of h w (compile h w).
Proof.
  intros unique. constructor; cbn [compile the_atlas rules by_meeting by_account].
  - reflexivity.
  - rewrite map_map. apply in_sequence_sorted, unique.
  - intros r. rewrite in_map_iff. split.
    + intros (o & <- & I). apply in_sequence_in in I. exists o. tauto.
    + intros (o & I & F & ->). exists o. split; [reflexivity | apply in_sequence_in; auto].
  - apply table_finds, unique.
  - apply table_finds, unique.
Qed.

(** The compiled policy decides as the rule does: kind, ids and the host's account, about every question at an address that exists,
    whatever the shape of its tries and the hash of its names. *)
Theorem compiled_equals_spec h w q :
  compiles w -> real (canonical (ip q)) -> decide_compiled h (compile h w) q = decide w q.
Proof. intros C R. apply policy_decides; auto. apply compile_is_policy_of, C. Qed.
