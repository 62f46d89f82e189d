(* The model as an oracle: reads worlds and questions, one statement a line with tabs between fields, and answers the questions.

   world MIN_SOURCES                    begins a world; the one before it stays as the old one
   group NAME REGION…                   a group of regions
   fence REGION
   source EXCLUDES PUBLISHED            0 or 1 each; its rows follow
   row FAMILY FIRST LAST REGION         FAMILY is 4 or 6, addresses are numbers, decimal or hexadecimal after 0x
   order ID ISSUER STATUS START STOP    ISSUER is a region or @GROUP; - for an absent bound; what it lists follows
   meeting NAME   account NAME   region REGION   network FAMILY FIRST LAST   exempt FAMILY FIRST LAST

   at FAMILY NUMBER                     the address of the questions that follow
   question MEETING HOST HOME TIME      HOST is - for none
   sweep MEETING HOST HOME TIME FAMILY NUMBER FAMILY NUMBER…
   relay HOST_REGION SERVER_REGION REGION…
   change                               of the old world to the last one: empty, widens, releases
   reached ID                           in that change, at the address: reached, released

   An answer is a line. `question`: the location, the kind, ids with commas, the domestic order or -, and the reason of each order that
   names the meeting or the account, by id. `sweep`: who must be removed, by number, with the ids of the orders; who stays. Text has no
   tabs, line ends or commas. An empty line writes all answers so far.

   The functions that answer are those of `Prepared.v` and `PreparedChange.v`, which are proved to answer as the definitions do. *)
open Model

let number = Big_int_Z.big_int_of_string
let family = function "4" -> V4 | "6" -> V6 | text -> failwith ("no family: " ^ text)
let region text =
  match text, String.index_opt text '-' with
  | "ZZ", _ -> Unknown
  | _, None -> Country text
  | _, Some at -> Subdivision (String.sub text 0 at, String.sub text (at + 1) (String.length text - at - 1))
let code = function Unknown -> "ZZ" | Country c -> c | Subdivision (c, s) -> c ^ "-" ^ s
let bound = function "-" -> None | text -> Some (number text)
let span f first last = { span_family = family f; first = number first; last = number last }
let address f n = { family_of = family f; number = number n }
let status = function
  | "received" -> Received
  | "under-review" -> UnderReview
  | "in-force" -> InForce
  | "rejected" -> Rejected
  | "withdrawn" -> Withdrawn
  | text -> failwith ("no status: " ^ text)
let issuer text =
  if text <> "" && text.[0] = '@' then GroupIssuer (String.sub text 1 (String.length text - 1)) else RegionIssuer (region text)

let empty min = { docket_of = { groups = []; orders = []; fenced = [] }; min_sources = min; sources = [] }

(* A world, prepared when the first question about it is asked. *)
type described = { world : world; prepared : prepared Lazy.t }
let described world = { world; prepared = lazy (prepare world) }
let prepared { prepared = (lazy prepared); _ } = prepared
let before = ref (described (empty 1))
let now = ref (described (empty 1))
let change_world change = now := described (change !now.world)
let docket change = change_world (fun w -> { w with docket_of = change w.docket_of })

(* Lists are built in reverse, as neither the sequence of orders nor that of rows matters. *)
let last_order change =
  docket (fun d -> match d.orders with o :: rest -> { d with orders = change o :: rest } | [] -> failwith "no order yet")
let last_source change =
  change_world (fun w ->
    match w.sources with s :: rest -> { w with sources = change s :: rest } | [] -> failwith "no source yet")

(* The address asked about, and where it is in the last world and in the old one. *)
type asked = { at : address; place : place Lazy.t; old_place : place Lazy.t }
let address_asked at = { at; place = lazy (place_of (prepared !now) at); old_place = lazy (place_of (prepared !before) at) }
let asked = ref (address_asked (address "4" "0"))

let question m h home t =
  { meeting = m; host = (if h = "-" then None else Some h); ip = !asked.at; home = region home; at_time = number t }
let kind = function Allow -> "allow" | BlockParticipant -> "block-participant" | KeepMeeting -> "keep-meeting"
let reason = function
  | NotInForce -> "not-in-force"
  | NotYetEffective -> "not-yet-effective"
  | Expired -> "expired"
  | OfUnlocated -> "unlocated"
  | OfContested -> "contested"
  | Outside -> "outside"
  | NotInRegions -> "not-in-regions"
  | NotInNetworks -> "not-in-networks"
  | Exempt -> "exempt"
  | Reaches -> "reaches"

let location place = match (Lazy.force place).place_location with Located r -> code r | Contested -> "contested" | Unlocated -> "unknown"

let write = print_string
let rec write_joined between each = function
  | [] -> ()
  | [ last ] -> each last
  | item :: rest -> each item; write between; write_joined between each rest
let write_bool b = write (if b then "true" else "false")
let by_id (a, _) (b, _) = String.compare a b

let answer home considered =
  let v = verdict_considered considered home in
  write (location !asked.place); write "\t";
  write (kind v.kind_of); write "\t";
  write_joined "," write v.given; write "\t";
  write (match v.domestic with Some id -> id | None -> "-"); write "\t";
  let write_reason (id, r) = write id; write "="; write (reason r) in
  write_joined "," write_reason (List.sort by_id (reasons_considered considered));
  write "\n"

let obey = function
  | [ "at"; f; n ] -> asked := address_asked (address f n)
  | [ "question"; m; h; home; t ] ->
    let q = question m h home t in
    answer q.home (consider (prepared !now) (Lazy.force !asked.place) q)
  | [ "reached"; id ] ->
    let before = reach_prepared (prepared !before) id (Lazy.force !asked.old_place) in
    let after = reach_prepared (prepared !now) id (Lazy.force !asked.place) in
    write_bool (after && not before); write "\t"; write_bool (before && not after); write "\n"
  | [ "world"; min ] ->
    before := !now; now := described (empty (int_of_string min)); asked := address_asked !asked.at
  | "group" :: name :: regions -> docket (fun d -> { d with groups = (name, List.map region regions) :: d.groups })
  | [ "fence"; r ] -> docket (fun d -> { d with fenced = region r :: d.fenced })
  | [ "source"; excludes; published ] ->
    change_world (fun w -> { w with sources = { rows = []; excludes = excludes = "1"; published = published = "1" } :: w.sources })
  | [ "row"; f; first; last; r ] ->
    last_source (fun s -> { s with rows = { row_span = span f first last; row_region = region r } :: s.rows })
  | [ "order"; id; by; st; start; stop ] ->
    let order =
      { id; issued_by = issuer by; order_status = status st; effective = bound start; expires = bound stop;
        meetings = []; accounts = []; regions = []; networks = []; exempt = [] } in
    docket (fun d -> { d with orders = order :: d.orders })
  | [ "meeting"; name ] -> last_order (fun o -> { o with meetings = name :: o.meetings })
  | [ "account"; name ] -> last_order (fun o -> { o with accounts = name :: o.accounts })
  | [ "region"; r ] -> last_order (fun o -> { o with regions = region r :: o.regions })
  | [ "network"; f; first; last ] -> last_order (fun o -> { o with networks = span f first last :: o.networks })
  | [ "exempt"; f; first; last ] -> last_order (fun o -> { o with exempt = span f first last :: o.exempt })
  | "sweep" :: m :: h :: home :: t :: people ->
    let rec numbered k = function f :: n :: rest -> (k, address f n) :: numbered (k + 1) rest | _ -> [] in
    let swept = sweep_prepared (prepared !now) (question m h home t) (numbered 0 people) in
    let write_removed (k, v) = write (string_of_int k); write "="; write_joined "," write v.given in
    write_joined " " write_removed swept.to_remove; write "\t";
    write_joined " " write (List.map string_of_int swept.staying); write "\n"
  | "relay" :: host :: server :: people ->
    write_bool (may_relay !now.world.docket_of (region host) (List.map region people) (region server)); write "\n"
  | [ "change" ] ->
    let (empty, widens), releases = change_prepared !before.world !now.world in
    write_joined "\t" write_bool [ empty; widens; releases ]; write "\n"
  | [ "" ] -> flush stdout
  | fields -> failwith ("no statement: " ^ String.concat "\t" fields)

let () =
  try
    while true do
      obey (String.split_on_char '\t' (input_line stdin))
    done
  with End_of_file -> ()
