(** Decisions look addresses up in a part of the atlas, in which locations that no order reaches are forgotten; and a meeting that was
    looked up is decided about by the area of its only order where nothing else matters. Neither changes a decision. *)
From Coq Require Import Bool List ZArith Lia Sorted String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision Change Compiled.
From Bailiwick.Algorithms Require Import Segments Resolve Trie Names.
Import ListNotations.
Open Scope Z_scope.

(** No proof here needs the numbers of special-purpose networks. *)
Local Opaque special_networks.

(** * The part of the atlas *)

(** "The segments of an area, with the rest unknown." *)
Definition forgotten (area : list location) (l : location) : location := if existsb (location_eqb l) area then l else Unlocated.

Definition segments_of_area (area : list location) (segments : list (Z * location)) : list (Z * location) :=
  Segments.merged location_eqb Unlocated (map (fun s => (fst s, forgotten area (snd s))) segments).

(** The tries of an area, by any choice of tables and buckets. *)
Definition atlas_subset (h : shape) (area : list location) (min : nat) (ss : list source) : atlas :=
  let trie_of f := build (choose h f) (fuel h) Unlocated (segments_of_area area (segments_of_all f min ss)) 0 (top f) in
  Atlas (trie_of V4) (trie_of V6) area.

(** As [decide_compiled], with the address looked up in the part. *)
Definition decide_in_subset (h : shape) (subset : atlas) (p : policy) (q : question) : verdict :=
  let l := locate_compiled subset (ip q) in
  verdict_of (map rule_id (found h p q)) (map rule_id (filter (fun r => rule_reaches r l (ip q)) (found h p q)))
    (map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) (found h p q))).

Lemma value_of_forgotten area o segments x :
  value_at (forgotten area o) (map (fun s => (fst s, forgotten area (snd s))) segments) x = forgotten area (value_at o segments x).
Proof.
  revert o. induction segments as [|[c u] rest IH]; intros o; [reflexivity|]. cbn [map fst snd]. rewrite !value_at_cons.
  destruct (c <=? x); apply IH.
Qed.

Lemma forgotten_unlocated area : forgotten area Unlocated = Unlocated.
Proof. unfold forgotten. destruct (existsb _ area); reflexivity. Qed.

Lemma area_keeps_cuts area (segments : list (Z * location)) :
  map fst (map (fun s => (fst s, forgotten area (snd s))) segments) = map fst segments.
Proof. rewrite map_map. reflexivity. Qed.

Lemma subset_locates h area min ss a :
  (forall s, In s ss -> ordered_rows (rows s)) -> real (canonical a) ->
  locate_compiled (atlas_subset h area min ss) a = forgotten area (locate_compiled (compile_atlas h min ss) a).
Proof.
  intros O R. rewrite the_compiled_atlas_locates_as_the_rule_does by assumption. destruct R as [C [L U]].
  assert (E : locate min ss a = locate min ss (canonical a)).
  { apply TheoremsWorld.locate_by_ranges; intros; symmetry; apply holds_canonical. }
  rewrite E. clear E. unfold locate_compiled, atlas_subset. destruct (canonical a) as [f x]. cbn [family_of number] in *.
  assert (T : Trie.look_up (build (choose h f) (fuel h) Unlocated (segments_of_area area (segments_of_all f min ss)) 0 (top f)) x
            = forgotten area (locate min ss (Address f x))).
  { assert (S : StronglySorted Z.lt (map fst (map (fun s => (fst s, forgotten area (snd s))) (segments_of_all f min ss)))).
    { rewrite area_keeps_cuts. unfold segments_of_all, masked. apply segments_of_sorted. }
    rewrite any_trie_says_what_its_segments_say; [|apply merged_sorted, S | lia].
    unfold segments_of_area. rewrite merged_value by (solve [exact location_eqb_sound | exact S]).
    rewrite <- (forgotten_unlocated area) at 1. rewrite value_of_forgotten, segments_locate by assumption. reflexivity. }
  destruct f; exact T.
Qed.

(** An order with its area inside the part reaches the same. *)
Lemma forgetting_changes_no_reach area r l a :
  incl (rule_area r) area -> ~ In Unlocated (rule_area r) -> rule_reaches r (forgotten area l) a = rule_reaches r l a.
Proof.
  intros inside located. unfold rule_reaches, forgotten. destruct (existsb (location_eqb l) area) eqn:E; [reflexivity|]. f_equal.
  assert (none : forall k, ~ In k (rule_area r) -> existsb (location_eqb k) (rule_area r) = false).
  { intros k N. apply not_true_iff_false. rewrite existsb_exists. intros (j & I & F). apply location_eqb_sound in F. subst. auto. }
  rewrite !none; auto. intros I. apply not_true_iff_false in E. apply E, existsb_exists. exists l.
  split; [apply inside, I | apply location_eqb_refl].
Qed.

Lemma rules_reach_located_places h w p r : is_policy_of h w p -> In r (rules p) -> ~ In Unlocated (rule_area r).
Proof.
  intros P I. apply (rules_are _ _ _ _ _ P) in I. destruct I as (o & _ & _ & ->).
  cbn [compile_order rule_area]. intros J. apply filter_In in J. destruct J as [_ J]. discriminate.
Qed.

Lemma found_in h p q r : In r (found h p q) -> In r (rules p).
Proof. intros I. apply filter_In in I. destruct I as [I _]. apply pick_in in I. destruct I as (n & _ & E). eapply nth_error_In, E. Qed.

(** In any part of the atlas that has the areas of all orders in force, decisions are those of the rule. *)
Theorem a_part_of_the_atlas_decides_as_the_rule_does h area w p q :
  compiles w -> is_policy_of h w p -> real (canonical (ip q)) -> (forall r, In r (rules p) -> incl (rule_area r) area) ->
  decide_in_subset h (atlas_subset h area (min_sources w) (sources w)) p q = decide w q.
Proof.
  intros C P R inside. rewrite <- (policy_decides h w p q C P R), decide_by_found. unfold decide_in_subset. cbv zeta.
  rewrite (on_atlas _ _ _ _ _ P), subset_locates by (solve [apply C | exact R]). f_equal. f_equal. apply filter_ext_in. intros r I. apply found_in in I.
  apply forgetting_changes_no_reach; [apply inside, I | apply (rules_reach_located_places h w p r P I)].
Qed.

(** * A meeting that was looked up *)

(** "The area of the only order of a look-up, when that order always holds and has no narrowing." *)
Definition only_area (h : shape) (p : policy) (q : question) : option (list location) :=
  match Names.merged (Names.look_up (hash h) (by_meeting p) (meeting q))
                     (match host q with Some a => Names.look_up (hash h) (by_account p) a | None => [] end) with
  | [n] =>
      match nth_error (rules p) n with
      | Some (Rule _ None None _ area None) => Some area
      | _ => None
      end
  | _ => None
  end.

(** The kind of the decision is then that of the location: the orders, which are worked out when they are asked for, do not matter to
    it. *)
Definition kind_in_meeting (h : shape) (subset : atlas) (p : policy) (q : question) : kind :=
  match only_area h p q with
  | Some area => if existsb (location_eqb (locate_compiled subset (ip q))) area then BlockParticipant else KeepMeeting
  | None => kind_of (decide_in_subset h subset p q)
  end.

Theorem a_meeting_looked_up_decides_as_the_policy_does h subset p q :
  kind_in_meeting h subset p q = kind_of (decide_in_subset h subset p q).
Proof.
  unfold kind_in_meeting, only_area, decide_in_subset, found, pick.
  destruct (Names.merged _ _) as [|n [|m rest]]; auto. cbn [flat_map].
  destruct (nth_error (rules p) n) as [[i start stop jurisdiction area narrowing]|]; auto.
  destruct start, stop, narrowing; auto. cbn [app filter window_holds rule_effective rule_expires andb map rule_id].
  unfold rule_reaches. cbn [rule_area rule_narrowing]. rewrite andb_true_r.
  destruct (existsb _ area); reflexivity.
Qed.
