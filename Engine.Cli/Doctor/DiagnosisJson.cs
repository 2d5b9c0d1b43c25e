using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TlsFsm.Cli.Doctor;

/// <summary>
/// A diagnosis for machines: one JSON object, names in camel case, answers as <c>yes</c>, <c>no</c> and <c>notTested</c>.
/// </summary>
internal static class DiagnosisJson
{
    private static readonly DiagnosisShape Shape = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<Answer>(JsonNamingPolicy.CamelCase) },

        // For a terminal or a file, not for the middle of a page: apostrophes may stay what they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static string Write(Diagnosis diagnosis) => JsonSerializer.Serialize(diagnosis, Shape.Diagnosis);
}

/// <summary>What a diagnosis is made of, known when it is compiled: a trimmed tool has nothing else to find it by.</summary>
[JsonSerializable(typeof(Diagnosis))]
internal sealed partial class DiagnosisShape : JsonSerializerContext;
