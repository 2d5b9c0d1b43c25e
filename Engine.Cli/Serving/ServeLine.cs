using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using TlsFsm.Cli.Protocols;

namespace TlsFsm.Cli.Serving;

/// <summary>What is said of a connection that has ended, for machines: one JSON object on one line.</summary>
internal static class ServeLine
{
    public static string Json(int number, string peer, TlsConnection connection, string? problem)
    {
        var session = connection.Session;
        return JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["time"] = connection.Loop.TimeProvider.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
            ["connection"] = number,
            ["id"] = connection.Id,
            ["peer"] = peer,
            ["reason"] = connection.CloseReason.ToString(),
            ["error"] = problem,
            ["protocol"] = session?.Protocol.ToString(),
            ["cipherSuite"] = session?.CipherSuite.ToString(),
            ["alpn"] = session?.ApplicationProtocol.ToString(),
            ["serverName"] = session?.ServerName,
            ["resumed"] = session?.IsResumed,
            ["received"] = (connection.Transport.Protocol as SinkProtocol)?.Received,
        }, ServeLineShape.Default.DictionaryStringObject);
    }
}

/// <summary>What a line is made of, known when it is compiled: a trimmed tool has nothing else to find it by.</summary>
[JsonSerializable(typeof(Dictionary<string, object?>))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(long))]
internal sealed partial class ServeLineShape : JsonSerializerContext;
