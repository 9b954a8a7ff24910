"""Calls the cities over gRPC, by stubs that protoc made of examples/cities/proto/cities.proto.

usage: client.py [HOST:PORT]    127.0.0.1:50051 unless told otherwise
"""

import sys

import grpc

import cities_pb2 as messages
import cities_pb2_grpc as stubs

target = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"

with grpc.insecure_channel(target) as channel:
    cities = stubs.CitiesServiceStub(channel)

    print("-- one message, one answer")
    bern = cities.get_city(messages.GetCityRequest(id=2_661_552), timeout=5)
    print(f"{bern.name}, {bern.country}: {bern.population} inhabitants")

    print("-- an error")
    try:
        cities.get_city(messages.GetCityRequest(id=1), timeout=5)
    except grpc.RpcError as error:
        print(f"{error.code().name}: {error.details()}")

    print("-- a stream of answers")
    found = []
    # What is left out has the server's default; what is optional may be asked for: search.HasField("country").
    search = messages.SearchCitiesRequest(name="San", min_population=500_000, limit=5)
    for city in cities.search_cities(search, timeout=5):
        found.append(city.id)
        print(f"{city.name}, {city.country}: {city.population}")

    print("-- a stream of answers that is left early")
    answers = cities.search_cities(messages.SearchCitiesRequest(name="a", limit=10_000), timeout=5)
    print(next(answers).name)
    answers.cancel()

    print("-- a stream of messages, one answer")
    visits = (messages.SumUpJourneyRequest(city_id=id, nights=i + 1) for i, id in enumerate(found))
    journey = cities.sum_up_journey(visits, timeout=5)
    countries = ", ".join(journey.countries)
    print(f"{journey.cities} cities in {countries}, {journey.distance_km:g} km, {journey.nights} nights")

    print("-- a stream each way")
    positions = [(46.9, 7.5), (0, 0), (-90, 0)]
    asked = (messages.NearestCitiesRequest(lat=lat, lon=lon) for lat, lon in positions)
    for (lat, lon), answer in zip(positions, cities.nearest_cities(asked, timeout=5)):
        print(f"{lat}, {lon}: {answer.city.name} ({answer.city.country}), {answer.distance_km:g} km away")
