(* The model as an oracle: reads worlds and questions, one statement a line with tabs between fields, and answers the questions.

   world MIN_SOURCES                    begins a world; the one before it stays as the old one
   group NAME REGION…                   a group of regions
   fence REGION
   source EXCLUDES PUBLISHED            0 or 1 each; its rows follow
   row FAMILY FIRST LAST REGION         FAMILY is 4 or 6, addresses are decimal numbers
   order ID ISSUER STATUS START STOP    ISSUER is a region or @GROUP; - for an absent bound; what it lists follows
   meeting NAME   account NAME   region REGION   network FAMILY FIRST LAST   exempt FAMILY FIRST LAST

   question MEETING HOST FAMILY NUMBER HOME TIME     HOST is - for none
   sweep MEETING HOST HOME TIME FAMILY NUMBER FAMILY NUMBER…
   relay HOST_REGION SERVER_REGION REGION…
   change                               of the old world to the last one: empty, widens, releases
   reached ID FAMILY NUMBER             in that change: reached, released

   An answer is a line. `question`: the location, the kind, ids with commas, the domestic order or -, and the reason of each order that
   names the meeting or the account. `sweep`: who must be removed, by number, with the ids of the orders; who stays. Text has no tabs,
   line ends or commas. An empty line writes all answers so far. *)
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
let before = ref (empty 1)
let now = ref (empty 1)
let docket change = now := { !now with docket_of = change !now.docket_of }

(* Lists are built in reverse, as neither the sequence of orders nor that of rows matters. *)
let last_order change =
  docket (fun d -> match d.orders with o :: rest -> { d with orders = change o :: rest } | [] -> failwith "no order yet")
let last_source change =
  match !now.sources with
  | s :: rest -> now := { !now with sources = change s :: rest }
  | [] -> failwith "no source yet"

let question m h f n home t =
  { meeting = m; host = (if h = "-" then None else Some h); ip = address f n; home = region home; at_time = number t }
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

let location = function Located r -> code r | Contested -> "contested" | Unlocated -> "unknown"

let obey = function
  | [ "world"; min ] -> before := !now; now := empty (int_of_string min)
  | "group" :: name :: regions -> docket (fun d -> { d with groups = (name, List.map region regions) :: d.groups })
  | [ "fence"; r ] -> docket (fun d -> { d with fenced = region r :: d.fenced })
  | [ "source"; excludes; published ] ->
    now := { !now with sources = { rows = []; excludes = excludes = "1"; published = published = "1" } :: !now.sources }
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
  | [ "question"; m; h; f; n; home; t ] ->
    let q = question m h f n home t in
    (* As `decide` and `explain`, with the address located once. *)
    let place = location_of !now q.ip in
    let v = decide_at !now.docket_of place q in
    let reasons = List.map (fun (id, r) -> id ^ "=" ^ reason r) (explain_at !now.docket_of place q) in
    Printf.printf "%s\t%s\t%s\t%s\t%s\n" (location place) (kind v.kind_of) (String.concat "," v.given)
      (Option.value v.domestic ~default:"-")
      (String.concat "," (List.sort compare reasons))
  | "sweep" :: m :: h :: home :: t :: people ->
    let rec numbered k = function f :: n :: rest -> (k, address f n) :: numbered (k + 1) rest | _ -> [] in
    let swept = sweep !now (question m h "4" "0" home t) (numbered 0 people) in
    let removed (k, v) = Printf.sprintf "%d=%s" k (String.concat "," v.given) in
    Printf.printf "%s\t%s\n" (String.concat " " (List.map removed swept.to_remove))
      (String.concat " " (List.map string_of_int swept.staying))
  | "relay" :: host :: server :: people ->
    Printf.printf "%b\n" (may_relay !now.docket_of (region host) (List.map region people) (region server))
  | [ "change" ] ->
    Printf.printf "%b\t%b\t%b\n" (change_is_empty !before !now) (change_widens !before !now) (change_releases !before !now)
  | [ "reached"; id; f; n ] ->
    Printf.printf "%b\t%b\n" (reached !before !now id (address f n)) (released !before !now id (address f n))
  | [ "" ] -> flush stdout
  | fields -> failwith ("no statement: " ^ String.concat "\t" fields)

let () =
  try
    while true do
      obey (String.split_on_char '\t' (input_line stdin))
    done
  with End_of_file -> ()
