using System.Reflection;
using NUnit.Framework.Internal;

namespace TlsFsm.Tests.Exploration;

/// <summary>The tests of the machines, run again where a definition is changed.</summary>
internal static class MachineTables
{
    private static readonly IReadOnlyList<(MethodInfo Test, object?[] Arguments)> Cases =
    [
        .. from type in typeof(MachineTables).Assembly.GetTypes()
           where type.Namespace == typeof(Machines.ExpectedTable).Namespace && type.Name.EndsWith("MachineTests", StringComparison.Ordinal)
           from method in type.GetMethods()
           from arguments in ArgumentsOf(method)
           select (method, arguments),
    ];

    /// <returns>Null if all pass.</returns>
    public static string? FirstThatFails()
    {
        // What fails here is what was asked for, and no failure of the test that asks.
        using var isolated = new TestExecutionContext.IsolatedContext();
        foreach (var (test, arguments) in Cases)
        {
            try
            {
                test.Invoke(Activator.CreateInstance(test.DeclaringType!), arguments);
            }
            catch (TargetInvocationException)
            {
                return $"{test.DeclaringType!.Name}.{test.Name}({string.Join(", ", arguments)})";
            }
        }

        return null;
    }

    private static IEnumerable<object?[]> ArgumentsOf(MethodInfo method)
    {
        foreach (var source in method.GetCustomAttributes<TestCaseSourceAttribute>())
        {
            var cases = method.DeclaringType!.GetProperty(source.SourceName!,
                BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static)!;
            foreach (var data in (IEnumerable<TestCaseData>)cases.GetValue(null)!)
                yield return data.Arguments;
        }

        foreach (var given in method.GetCustomAttributes<TestCaseAttribute>())
            yield return Pack(method, given.Arguments);
        if (method.GetCustomAttribute<TestAttribute>() is not null && method.GetParameters().Length == 0)
            yield return [];
    }

    // The last parameter may take all that are left.
    private static object?[] Pack(MethodInfo method, object?[] given)
    {
        var parameters = method.GetParameters();
        if (parameters.Length == 0 || parameters[^1].GetCustomAttribute<ParamArrayAttribute>() is null)
            return given;

        var rest = given[(parameters.Length - 1)..];
        var packed = Array.CreateInstance(parameters[^1].ParameterType.GetElementType()!, rest.Length);
        Array.Copy(rest, packed, rest.Length);
        return [.. given[..(parameters.Length - 1)], packed];
    }
}
