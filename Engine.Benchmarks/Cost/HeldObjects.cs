using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace TlsFsm.Benchmarks.Cost;

/// <summary>What one object holds by itself: a walk along all references, with the sizes that the runtime gives the objects.</summary>
internal static partial class HeldObjects
{
    /// <summary>Objects of one type.</summary>
    /// <param name="Name">The type's.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Bytes">All together.</param>
    /// <param name="Holders">Where the walk came upon them: the types of what refers to them.</param>
    public sealed record Kind(string Name, int Count, long Bytes, string Holders);

    /// <summary>What is reached from one object and not from its like: what both reach is shared.</summary>
    /// <param name="one">Looked at.</param>
    /// <param name="other">Its like.</param>
    /// <param name="isOutside">Where the walk does not go, from either.</param>
    /// <returns>By type, the largest first.</returns>
    public static IReadOnlyList<Kind> Of(object one, object other, Func<object, bool> isOutside)
    {
        var shared = Reach(other, isOutside);
        return [.. Reach(one, isOutside).Where(held => !shared.ContainsKey(held.Key))
            .GroupBy(static held => held.Key.GetType(), static held => held)
            .Select(static group => new Kind(
                NameOf(group.Key), group.Count(), group.Sum(static held => SizeOf(held.Key)),
                string.Join(", ", group.GroupBy(static held => NameOf(held.Value.GetType()))
                    .OrderByDescending(static from => from.Count())
                    .Select(static from => from.Count() == 1 ? from.Key : $"{from.Count()} x {from.Key}"))))
            .OrderByDescending(static kind => kind.Bytes).ThenBy(static kind => kind.Name, StringComparer.Ordinal)];
    }

    private static readonly List<int> s_target = [];

    /// <summary>All that is reached, each with what first led to it.</summary>
    private static Dictionary<object, object> Reach(object from, Func<object, bool> isOutside)
    {
        var seen = new Dictionary<object, object>(ReferenceEqualityComparer.Instance) { [from] = from };
        var left = new Queue<object>([from]);
        while (left.TryDequeue(out var next))
        {
            foreach (var found in References(next))
            {
                if (!IsOfRuntime(found) && !isOutside(found) && seen.TryAdd(found, next))
                    left.Enqueue(found);
            }
        }

        return seen;
    }

    /// <summary>Types, methods, threads: the process's own.</summary>
    private static bool IsOfRuntime(object found) => found is MemberInfo or Assembly or Module or Thread or Pointer;

    private static IEnumerable<object> References(object holder)
    {
        if (holder is not Array array)
            return OfFields(holder, holder.GetType());
        if (array.GetType().GetElementType() is { IsPrimitive: true })
            return [];

        return array.Cast<object?>().OfType<object>().SelectMany(
            static one => one.GetType().IsValueType ? OfFields(one, one.GetType()) : [one]);
    }

    private static IEnumerable<object> OfFields(object holder, Type type)
    {
        for (var one = type; one is not null; one = one.BaseType)
        {
            foreach (var field in one.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.FieldType.IsPrimitive || field.FieldType.IsPointer || field.FieldType.IsByRefLike)
                    continue;
                if (field.GetValue(holder) is not { } value)
                    continue;
                if (!field.FieldType.IsValueType)
                    yield return value;
                else if (field.FieldType != type)
                    foreach (var inner in OfFields(value, field.FieldType))
                        yield return inner;
            }
        }
    }

    /// <summary>What the runtime takes for one more like it: made twice, because the first one of a type costs more.</summary>
    private static long SizeOf(object held)
    {
        MakeLike(held);
        var before = GC.GetAllocatedBytesForCurrentThread();
        MakeLike(held);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void MakeLike(object held)
    {
        var type = held.GetType();
        object another = held switch
        {
            string text => new string('x', text.Length),
            Array array => Array.CreateInstance(type.GetElementType()!, array.Length),
            Delegate => new Action(s_target.Clear),
            _ => RuntimeHelpers.GetUninitializedObject(type),
        };
#pragma warning disable CA1816 // No constructor has run, so there is nothing that its finalizer could rely on.
        GC.SuppressFinalize(another);
#pragma warning restore CA1816
    }

    private static string NameOf(Type type) => Namespaces().Replace(type.ToString(), "").Replace('+', '.');

    [GeneratedRegex(@"([A-Za-z0-9_]+\.)+")]
    private static partial Regex Namespaces();
}
