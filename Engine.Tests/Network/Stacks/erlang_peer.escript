#!/usr/bin/env escript
%% A client or a server over Erlang's own TLS: the same orders as peer.c.
-mode(compile).
-define(CHUNK, 16384).

main([Role | Arguments]) ->
    {ok, _} = application:ensure_all_started(ssl),
    logger:set_primary_config(level, error),
    Orders = orders(Arguments, #{"rounds" => "1"}),
    case Role of
        "client" -> [visit(Round, Orders) || Round <- lists:seq(1, list_to_integer(maps:get("rounds", Orders)))];
        "server" -> serve(Orders)
    end.

orders(["--" ++ Name, Value | Rest], Orders) -> orders(Rest, Orders#{Name => Value});
orders([], Orders) -> Orders.

visit(Round, Orders) ->
    Sessions = case maps:get("tls", Orders) of "1.3" -> [{session_tickets, auto}]; _ -> [{reuse_sessions, save}] end,
    Names = case Orders of #{"alpn" := Alpn} -> [{alpn_advertised_protocols, [list_to_binary(Alpn)]}]; _ -> [] end,
    Options = [{verify, verify_peer}, {server_name_indication, "localhost"} | common(Orders)] ++ Sessions ++ Names,
    {ok, Socket} = ssl:connect("localhost", list_to_integer(maps:get("port", Orders)), Options),
    Name = case ssl:negotiated_protocol(Socket) of {ok, Agreed} -> Agreed; _ -> "-" end,
    talk(Socket, 0, list_to_integer(maps:get("size", Orders))),
    %% With a time it waits for the other side.
    ok = ssl:close(Socket, 60000),
    io:format("round ~p ~s same~n", [Round, Name]).

talk(_, Size, Size) -> ok;
talk(Socket, Done, Size) ->
    Sent = << <<(I * 31 + (I bsr 8)):8>> || I <- lists:seq(Done, Done + ?CHUNK - 1) >>,
    ok = ssl:send(Socket, Sent),
    {ok, Sent} = ssl:recv(Socket, ?CHUNK),
    talk(Socket, Done + ?CHUNK, Size).

serve(Orders) ->
    Verify = case Orders of #{"ca" := _} -> [{verify, verify_peer}, {fail_if_no_peer_cert, true}]; _ -> [] end,
    Sessions = case maps:get("tls", Orders) of "1.3" -> [{session_tickets, stateless}]; _ -> [] end,
    Names = case Orders of #{"alpn" := Alpn} -> [{alpn_preferred_protocols, [list_to_binary(Alpn)]}]; _ -> [] end,
    {ok, Listener} = ssl:listen(0, [{ip, {127, 0, 0, 1}} | common(Orders)] ++ Verify ++ Sessions ++ Names),
    {ok, {_, Port}} = ssl:sockname(Listener),
    io:format("port ~p~n", [Port]),
    accept(Listener).

accept(Listener) ->
    {ok, Waiting} = ssl:transport_accept(Listener),
    {ok, Socket} = ssl:handshake(Waiting),
    echo(Socket),
    accept(Listener).

%% By messages: OTP 25's passive recv sometimes misses a close_notify, whoever sends it, and waits for ever.
echo(Socket) ->
    ok = ssl:setopts(Socket, [{active, once}]),
    receive
        {ssl, Socket, Data} -> ok = ssl:send(Socket, Data), echo(Socket);
        {ssl_closed, Socket} -> ssl:close(Socket), io:format("closed in order~n")
    end.

common(Orders) ->
    Version = case maps:get("tls", Orders) of "1.3" -> 'tlsv1.3'; _ -> 'tlsv1.2' end,
    [{versions, [Version]}, {active, false}, {mode, binary}, {nodelay, true}, {log_level, error}] ++
        [{Key, maps:get(Name, Orders)} || {Key, Name} <- [{cacertfile, "ca"}, {certfile, "cert"}, {keyfile, "key"}], maps:is_key(Name, Orders)].
